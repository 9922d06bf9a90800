Feature: Retrieve a payment
  GET /v1/payments/{paymentKey} returns the whole of a payment as it is now, and changes nothing.

  Scenario: An initiated payment has no approval and no cancel
    Given a payment of 10000 for order "order_1"
    When I retrieve the payment
    Then it returns the payment
    And the body is
      """
      {
        "paymentKey": "$KEY",
        "orderId": "order_1",
        "status": "INITIATED",
        "totalAmount": 10000,
        "balanceAmount": 10000,
        "method": null,
        "requestedAt": "$TIME",
        "approvedAt": null,
        "receipt": null,
        "cancels": null
      }
      """

  Scenario: An approved payment has no cancel
    Given an approved payment of 10000 for order "order_1"
    When I retrieve the payment
    Then it returns the payment
    And the body is
      """
      {
        "paymentKey": "$KEY",
        "orderId": "order_1",
        "status": "APPROVED",
        "totalAmount": 10000,
        "balanceAmount": 10000,
        "method": "CARD",
        "requestedAt": "$TIME",
        "approvedAt": "$TIME",
        "receipt": { "url": "https://pay.local/receipts/$KEY" },
        "cancels": null
      }
      """

  Scenario: A canceled payment has all of its life, and nothing is left to cancel
    Given an approved payment of 9007199254740991 for order "order_1"
    When I cancel 9007199254740991 because "단순 변심 😀"
    Then it made the change
    When I retrieve the payment
    Then it returns the payment
    And the body is
      """
      {
        "paymentKey": "$KEY",
        "orderId": "order_1",
        "status": "CANCELED",
        "totalAmount": 9007199254740991,
        "balanceAmount": 0,
        "method": "CARD",
        "requestedAt": "$TIME",
        "approvedAt": "$TIME",
        "receipt": { "url": "https://pay.local/receipts/$KEY" },
        "cancels": [
          { "cancelReason": "단순 변심 😀", "cancelAmount": 9007199254740991, "canceledAt": "$TIME" }
        ]
      }
      """

  Scenario: It has the times and the receipt of the answers
    When I create a payment of 10000 for order "order_1"
    And I confirm 10000 for order "order_1"
    And I cancel 10000 because "USER_REQUEST"
    And I retrieve the payment
    Then it has the times and the receipt of the answers before

  Scenario: It is never a replay, and changes nothing
    Given a payment of 10000 for order "order_1"
    When I retrieve the payment
    And I retrieve the payment
    Then it returns the payment
    And it has the same body as the answer before
    When I confirm 10000 for order "order_1"
    Then it made the change

  Scenario: A refused request leaves no trace in the payment
    Given a payment of 10000 for order "order_1"
    When I retrieve the payment
    And I create a payment of 1 for order "order_2"
    And I confirm 9999 for order "order_1"
    And I cancel 10000 because "USER_REQUEST"
    And I retrieve the payment
    Then it has the same body as the first answer

  Scenario: A payment that was never created
    When I retrieve the payment
    Then it is refused with 404 NOT_FOUND
    And there is no payment

  # `cargo lambda watch` finds only the route of the confirm.
  @front
  Scenario: A key may be the name of an operation
    When I POST to "/v1/payments"
      """
      { "paymentKey": "confirm", "orderId": "order_1", "amount": 10000 }
      """
    And I send GET to "/v1/payments/confirm"
    Then it returns the payment
    And the body is
      """
      {
        "paymentKey": "confirm",
        "orderId": "order_1",
        "status": "INITIATED",
        "totalAmount": 10000,
        "balanceAmount": 10000,
        "method": null,
        "requestedAt": "$TIME",
        "approvedAt": null,
        "receipt": null,
        "cancels": null
      }
      """

  Scenario Outline: A body and its type are ignored
    Given a payment of 10000 for order "order_1"
    And the header "Content-Type" is "<type>"
    When I retrieve the payment
    And I GET "/v1/payments/$KEY" with the body
      """
      <body>
      """
    Then it returns the payment
    And it has the same body as the answer before

    Examples:
      | type             | body                                                      |
      | application/json | {"paymentKey":"another","orderId":"order_2","amount":1}   |
      | application/json | not JSON                                                  |
      | text/plain       | {}                                                        |

  Scenario: Query strings are ignored, and no query replaces the key
    Given a payment of 10000 for order "order_1"
    When I send GET to "/v1/payments/$KEY?paymentKey=another&orderId=order_2"
    Then it returns the payment

  Scenario: The size is checked before the key
    Given the header "Authorization" is left out
    When I send 16385 bytes with GET to "/v1/payments/$KEY"
    Then it is refused with 413 PAYLOAD_TOO_LARGE

  Scenario: The secret key is checked before the path
    Given the header "Authorization" is left out
    When I send GET to "/v1/payments/a+b"
    Then it is refused with 401 UNAUTHORIZED

  Scenario Outline: Without a key, nothing is shown of a payment
    Given a canceled payment of 10000 for order "order_1"
    And the header "Authorization" is "<value>"
    When I retrieve the payment
    Then it is refused with 401 UNAUTHORIZED
    And the message does not say which it was

    Examples:
      | value                        |
      |                              |
      | Basic base64(test_sk_other:) |
      | Basic base64($SECRET)        |

  Scenario Outline: The key in the path has the same rule as in a body
    When I send GET to "/v1/payments/<key>"
    Then it is refused with 400 INVALID_REQUEST
    And the message names "paymentKey"

    Examples:
      | key     |
      | a+b     |
      | a%20b   |
      | %252e   |
      | a%0Ab   |
      | a%00b   |
      | a%ffb   |
      | a;b     |
      | k$LONG  |

  @front
  Scenario Outline: A key of dots or slashes, which another front end may read as another path
    When I send GET to "/v1/payments/<key>"
    Then it is refused with 400 INVALID_REQUEST
    And the message names "paymentKey"

    Examples:
      | key       |
      | .         |
      | %2e%2e    |
      | a%2Fb     |

  Scenario: A key of 200 characters is not too long
    When I send GET to "/v1/payments/$LONG"
    Then it is refused with 404 NOT_FOUND
