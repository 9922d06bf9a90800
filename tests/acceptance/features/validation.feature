Feature: Validation
  Checks run in this order, and the first that fails determines the answer: route, size, key, media type, body and path, payment.
  A request that is refused writes nothing.

  Rule: 0. The route, for which no key is needed

    @front
    Scenario Outline: Another path is not found
      Given the header "Authorization" is left out
      When I send <method> to "<path>"
      Then it is refused with 404 NOT_FOUND

      Examples:
        | method | path                           |
        | GET    | /                              |
        | POST   | /v1                            |
        | POST   | /v1/payments/                  |
        | POST   | //v1/payments                  |
        | POST   | /V1/payments                   |
        | POST   | /v1/Payments                   |
        | POST   | /v1/payments/confirm/          |
        | POST   | /v1/payments//cancel           |
        | POST   | /v1/payments/pay_1/cancel/     |
        | POST   | /v1/payments/pay_1/Cancel      |
        | POST   | /v1/payments/pay_1/x/cancel    |
        | POST   | /v1/payments/../payments       |
        | POST   | /live/v1/payments              |
        | GET    | /v1/payments;x=1               |
        | GET    | /v1/payments/orders/           |
        | GET    | /v1/payments/Orders/order_1    |
        | GET    | /v1/payments/orders/order_1/   |
        | GET    | /v1/payments/orders/order_1/x  |

    @front
    Scenario Outline: Another method gets the methods of all routes that match the path
      Given the header "Authorization" is left out
      And the header "X-HTTP-Method-Override" is "POST"
      When I send <method> to "<path>"
      Then it is refused with 405 METHOD_NOT_ALLOWED
      And the answer's header "Allow" is "<allow>"

      Examples:
        | method  | path                       | allow     |
        | GET     | /v1/payments               | POST      |
        | PUT     | /v1/payments               | POST      |
        | DELETE  | /v1/payments               | POST      |
        | TRACE   | /v1/payments               | POST      |
        | post    | /v1/payments               | POST      |
        | BREW    | /v1/payments               | POST      |
        | PATCH   | /v1/payments/confirm       | POST, GET |
        | OPTIONS | /v1/payments/confirm       | POST, GET |
        | GET     | /v1/payments/pay_1/cancel  | POST      |
        | POST    | /v1/payments/pay_1         | GET       |
        | PUT     | /v1/payments/pay_1         | GET       |
        | OPTIONS | /v1/payments/cancel        | GET       |
        | get     | /v1/payments/pay_1         | GET       |
        | DELETE  | /v1/payments/orders        | GET       |
        | POST    | /v1/payments/orders/ord_1  | GET       |
        | PUT     | /v1/payments/orders/cancel | POST, GET |

    @front
    Scenario: HEAD is also another method
      When I send HEAD to "/v1/payments"
      Then it is refused with 405
      And the answer's header "Allow" is "POST"
      When I send HEAD to "/v1/payments/pay_1"
      Then it is refused with 405
      And the answer's header "Allow" is "GET"

  Rule: 1. The size, before the key

    Scenario: 16384 bytes are accepted
      When I create a payment with a body of 16384 bytes
      Then it made the change

    Scenario: 16385 bytes are refused with a key
      When I create a payment with a body of 16385 bytes
      Then it is refused with 413 PAYLOAD_TOO_LARGE
      And there is no payment

    Scenario: 16385 bytes are refused without a key
      Given the header "Authorization" is left out
      And the header "Content-Type" is "text/plain"
      When I create a payment with a body of 16385 bytes
      Then it is refused with 413 PAYLOAD_TOO_LARGE

    Scenario: The size is that of the decoded body
      Given the header "Content-Type" is "application/octet-stream"
      When I create a payment with a body of 16384 bytes
      Then it is refused with 415 UNSUPPORTED_MEDIA_TYPE
      When I create a payment with a body of 16385 bytes
      Then it is refused with 413 PAYLOAD_TOO_LARGE

    Scenario: A megabyte is also too large
      When I create a payment with a body of 1000000 bytes
      Then it is refused with 413 PAYLOAD_TOO_LARGE

    Scenario Outline: Every route has the same limit
      When I POST 16385 bytes to "<path>"
      Then it is refused with 413 PAYLOAD_TOO_LARGE

      Examples:
        | path                     |
        | /v1/payments             |
        | /v1/payments/confirm     |
        | /v1/payments/$KEY/cancel |

  Rule: 2. The key, before the media type, the body and the path

    Scenario: Without a key, nothing else is checked
      Given the header "Authorization" is left out
      And the header "Content-Type" is "text/plain"
      When I POST to "/v1/payments"
        """
        not JSON
        """
      Then it is refused with 401 UNAUTHORIZED
      When I POST to "/v1/payments/a+b/cancel"
        """
        not JSON
        """
      Then it is refused with 401 UNAUTHORIZED

  Rule: 3. The media type, before the body

    Scenario Outline: JSON is JSON in any case and with any parameter
      Given the header "Content-Type" is "<type>"
      When I create a payment of 10000 for order "order_1"
      Then it made the change

      Examples:
        | type                              |
        | application/json                  |
        | Application/JSON                  |
        | application/json; charset=utf-8   |
        | application/json;charset=utf-16   |
        | application/json ; a=b; c=d       |

    Scenario: A missing type counts as JSON
      Given the header "Content-Type" is left out
      When I create a payment of 10000 for order "order_1"
      Then it made the change

    Scenario Outline: Any other type is refused
      Given the header "Content-Type" is "<type>"
      When I POST to "/v1/payments"
        """
        not JSON
        """
      Then it is refused with 415 UNSUPPORTED_MEDIA_TYPE

      Examples:
        | type                              |
        | text/plain                        |
        | text/json                         |
        | application/x-www-form-urlencoded |
        | application/problem+json          |
        | application/jsonp                 |
        | application/json, text/plain      |
        | application/json;a=b, text/plain  |
        | multipart/form-data; boundary=x   |
        | application/xml                   |
        | json                              |

    Scenario Outline: Every route accepts only JSON
      Given the header "Content-Type" is "text/plain"
      When I POST to "<path>"
        """
        {}
        """
      Then it is refused with 415 UNSUPPORTED_MEDIA_TYPE

      Examples:
        | path                     |
        | /v1/payments             |
        | /v1/payments/confirm     |
        | /v1/payments/$KEY/cancel |

    Scenario: An empty body needs no type
      Given the header "Content-Type" is "text/plain"
      When I POST nothing to "/v1/payments"
      Then it is refused with 400 INVALID_REQUEST

  Rule: 4. The body and the path

    Scenario Outline: A body that is not one JSON object
      When I POST to "/v1/payments"
        """
        <body>
        """
      Then it is refused with 400 INVALID_REQUEST
      And there is no payment

      Examples:
        | body                                                            |
        | not JSON                                                         |
        | null                                                            |
        | "text"                                                          |
        | 1                                                               |
        | []                                                              |
        | ["$KEY","order_1",10000]                                        |
        | [{"paymentKey":"$KEY","orderId":"order_1","amount":10000}]      |
        | {"paymentKey":"$KEY","orderId":"order_1","amount":10000         |
        | {"paymentKey":"$KEY","orderId":"order_1","amount":10000,}       |
        | {"paymentKey":"$KEY","orderId":"order_1","amount":10000}}       |
        | {"paymentKey":"$KEY","orderId":"order_1","amount":10000}{}      |
        | {"paymentKey":"$KEY","orderId":"order_1","amount":01}           |
        | {"paymentKey":"$KEY","orderId":"order_1","amount":+1}           |
        | {"paymentKey":"$KEY","orderId":"order_1","amount":NaN}          |
        | {"paymentKey":"$KEY","orderId":"order_1","amount":0x10}         |
        | {'paymentKey':'$KEY','orderId':'order_1','amount':10000}        |
        | {paymentKey:"$KEY",orderId:"order_1",amount:10000}              |
        | {"paymentKey":"$KEY","orderId":"order_1","amount":1} // c       |
        | {"paymentKey":"$KEY","orderId":"order_1","amount":1,"x":"\\x41"} |

    Scenario Outline: A body that is empty or blank
      When I POST the bytes "<bytes>" to "/v1/payments"
      Then it is refused with 400 INVALID_REQUEST

      Examples:
        | bytes       |
        | 20          |
        | 0a 09 0d 0a |
        | 00          |

    Scenario: No body at all
      When I POST nothing to "/v1/payments/confirm"
      Then it is refused with 400 INVALID_REQUEST

    @front
    Scenario Outline: A body that is not UTF-8 throughout, or has a byte order mark
      When I POST the bytes "<bytes>" to "/v1/payments"
      Then it is refused with 400 INVALID_REQUEST

      Examples:
        | bytes                         |
        | 7b ff 7d                      |
        | 7b 22 78 22 3a 22 ff 22 7d    |
        | 7b 22 78 22 3a 22 c0 ae 22 7d |
        | ff fe 7b 00 7d 00             |
        | ef bb bf 7b 7d                |

    Scenario Outline: A create with an invalid field names the field
      When I POST to "/v1/payments"
        """
        { "paymentKey": <key>, "orderId": <order>, "amount": <amount> }
        """
      Then it is refused with 400 INVALID_REQUEST
      And the message names "<field>"
      And there is no payment

      Examples:
        | key        | order     | amount               | field      |
        | null       | "order_1" | 10000                | paymentKey |
        | 1          | "order_1" | 10000                | paymentKey |
        | ""         | "order_1" | 10000                | paymentKey |
        | "."        | "order_1" | 10000                | paymentKey |
        | ".."       | "order_1" | 10000                | paymentKey |
        | "a/b"      | "order_1" | 10000                | paymentKey |
        | "a b"      | "order_1" | 10000                | paymentKey |
        | "a%20b"    | "order_1" | 10000                | paymentKey |
        | "결제"     | "order_1" | 10000                | paymentKey |
        | "a\\u0000"  | "order_1" | 10000                | paymentKey |
        | "a\\n"      | "order_1" | 10000                | paymentKey |
        | "\\ud800"   | "order_1" | 10000                | paymentKey |
        | "k$LONG"   | "order_1" | 10000                | paymentKey |
        | ["$KEY"]   | "order_1" | 10000                | paymentKey |
        | "$KEY"     | null      | 10000                | orderId    |
        | "$KEY"     | ""        | 10000                | orderId    |
        | "$KEY"     | ".."      | 10000                | orderId    |
        | "$KEY"     | "o=1"     | 10000                | orderId    |
        | "$KEY"     | "$LONG"   | 10000                | orderId    |
        | "$KEY"     | {}        | 10000                | orderId    |
        | "$KEY"     | "order_1" | null                 | amount     |
        | "$KEY"     | "order_1" | "10000"              | amount     |
        | "$KEY"     | "order_1" | true                 | amount     |
        | "$KEY"     | "order_1" | [10000]              | amount     |
        | "$KEY"     | "order_1" | 0                    | amount     |
        | "$KEY"     | "order_1" | -0                   | amount     |
        | "$KEY"     | "order_1" | -1                   | amount     |
        | "$KEY"     | "order_1" | 10000.0              | amount     |
        | "$KEY"     | "order_1" | 10000.5              | amount     |
        | "$KEY"     | "order_1" | 1e4                  | amount     |
        | "$KEY"     | "order_1" | 9007199254740992     | amount     |
        | "$KEY"     | "order_1" | 18446744073709551617 | amount     |
        | "$KEY"     | "order_1" | 1e400                | amount     |

    Scenario Outline: A field that is missing, or is sent twice
      When I POST to "<path>"
        """
        <body>
        """
      Then it is refused with 400 INVALID_REQUEST
      And the message names "<field>"

      Examples:
        | path                     | body                                                                  | field        |
        | /v1/payments             | {"orderId":"order_1","amount":1}                                      | paymentKey   |
        | /v1/payments             | {"paymentKey":"$KEY","amount":1}                                      | orderId      |
        | /v1/payments             | {"paymentKey":"$KEY","orderId":"order_1"}                             | amount       |
        | /v1/payments             | {"paymentKey":"$KEY","orderId":"order_1","amount":1,"amount":1}       | amount       |
        | /v1/payments             | {"paymentKey":"$KEY","orderId":"order_1","amount":1,"\\u0061mount":2}  | amount       |
        | /v1/payments/confirm     | {"paymentKey":"$KEY","orderId":"a","orderId":"a","amount":1}          | orderId      |
        | /v1/payments/confirm     | {"orderId":"order_1","amount":1}                                      | paymentKey   |
        | /v1/payments/confirm     | {"paymentKey":"$KEY","orderId":"order_1","amount":"1"}                | amount       |
        | /v1/payments/$KEY/cancel | {"cancelAmount":1}                                                    | cancelReason |
        | /v1/payments/$KEY/cancel | {"cancelReason":"x"}                                                  | cancelAmount |
        | /v1/payments/$KEY/cancel | {"cancelReason":"x","cancelAmount":1,"cancelReason":"y"}              | cancelReason |
        | /v1/payments/$KEY/cancel | {"cancelReason":"","cancelAmount":1}                                  | cancelReason |
        | /v1/payments/$KEY/cancel | {"cancelReason":"   ","cancelAmount":1}                               | cancelReason |
        | /v1/payments/$KEY/cancel | {"cancelReason":"\\u3000\\u00a0","cancelAmount":1}                      | cancelReason |
        | /v1/payments/$KEY/cancel | {"cancelReason":"a\\nb","cancelAmount":1}                              | cancelReason |
        | /v1/payments/$KEY/cancel | {"cancelReason":"a\\u0085b","cancelAmount":1}                          | cancelReason |
        | /v1/payments/$KEY/cancel | {"cancelReason":"a\\u0000","cancelAmount":1}                           | cancelReason |
        | /v1/payments/$KEY/cancel | {"cancelReason":1,"cancelAmount":1}                                   | cancelReason |
        | /v1/payments/$KEY/cancel | {"cancelReason":"x","cancelAmount":1.0}                               | cancelAmount |
        | /v1/payments/$KEY/cancel | {"cancelReason":"x","cancelAmount":0}                                 | cancelAmount |

    Scenario: A reason may have 200 characters of any script
      Given an approved payment of 10000 for order "order_1"
      When I cancel with the reason "😀" 201 times
      Then it is refused with 400 INVALID_REQUEST
      And the message names "cancelReason"
      And the payment is APPROVED
      When I cancel with the reason "😀" 200 times
      Then it made the change

    Scenario Outline: The key in the path has the same rule as in the body
      When I POST to "/v1/payments/<key>/cancel"
        """
        { "cancelReason": "USER_REQUEST", "cancelAmount": 10000 }
        """
      Then it is refused with 400 INVALID_REQUEST
      And the message names "paymentKey"

      Examples:
        | key       |
        | a+b       |
        | a%20b     |
        | %2e%2e    |
        | %252e     |
        | a%0Ab     |
        | a%09b     |
        | a%00b     |
        | a%5Cb     |
        | a%23b     |
        | a%3Fb     |
        | a%ffb     |
        | %c0%ae    |
        | a%zzb     |
        | a%        |
        | a;b       |
        | a:b       |
        | k$LONG    |

    @front
    Scenario Outline: A key of dots or slashes, which another front end may read as another path
      When I POST to "/v1/payments/<key>/cancel"
        """
        { "cancelReason": "USER_REQUEST", "cancelAmount": 10000 }
        """
      Then it is refused with 400 INVALID_REQUEST
      And the message names "paymentKey"

      Examples:
        | key       |
        | .         |
        | ..        |
        | a%2Fb     |
        | a%2f..%2f |

    @front
    Scenario: A key of the path is decoded once
      Given an approved payment of 10000 for order "order_1"
      When I POST to "/v1/payments/%70$KEY/cancel"
        """
        { "cancelReason": "USER_REQUEST", "cancelAmount": 10000 }
        """
      Then it is refused with 404 NOT_FOUND
      When I POST to "/v1/%70ayments/$KEY/cancel"
        """
        { "cancelReason": "USER_REQUEST", "cancelAmount": 10000 }
        """
      Then it made the change

    Scenario: A key of 200 characters of the path is not too long
      When I POST to "/v1/payments/$LONG/cancel"
        """
        { "cancelReason": "USER_REQUEST", "cancelAmount": 10000 }
        """
      Then it is refused with 404 NOT_FOUND

  Rule: 5. The payment comes last

    Scenario: A broken field answers before the payment does
      Given a canceled payment of 10000 for order "order_1"
      When I POST to "/v1/payments/confirm"
        """
        { "paymentKey": "$KEY", "orderId": "other order", "amount": 1 }
        """
      Then it is refused with 400 INVALID_REQUEST
      And the message names "orderId"
