Feature: Languages
  The message of an error is in Korean or English, by Accept-Language. Codes and field names are the same in both.

  Scenario Outline: Every message in both languages
    Given <situation> of 10000 for order "order_1"
    And the header "Content-Type" is "<type>"
    And the header "Accept-Language" is "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7"
    When I POST to "<path>"
      """
      <body>
      """
    Then it is refused with <error>
    And the message in "ko" is "<ko>"
    Given the header "Accept-Language" is "en-US,en;q=0.9,ko;q=0.8"
    When I POST to "<path>"
      """
      <body>
      """
    Then it is refused with <error>
    And the message in "en" is "<en>"

    Examples:
      | situation           | path                     | type             | body                                                             | error                      | ko                                                                                      | en                                                                                   |
      | a payment           | /v1/payments/confirm     | application/json | { "paymentKey": "$KEY", "orderId": "order_1", "amount": 9999 }   | 409 AMOUNT_MISMATCH        | 주문 번호(orderId) 또는 금액(amount)이 결제 정보와 일치하지 않습니다.                     | orderId or amount does not match the payment.                                        |
      | a canceled payment  | /v1/payments/confirm     | application/json | { "paymentKey": "$KEY", "orderId": "order_1", "amount": 10000 }  | 422 ALREADY_CANCELED       | 이미 취소된 결제입니다.                                                                 | The payment is canceled.                                                             |
      | a payment           | /v1/payments/$KEY/cancel | application/json | { "cancelReason": "USER_REQUEST", "cancelAmount": 10000 }        | 422 NOT_APPROVED           | 승인되지 않은 결제는 취소할 수 없습니다.                                                | The payment is not approved.                                                         |
      | an approved payment | /v1/payments/$KEY/cancel | application/json | { "cancelReason": "USER_REQUEST", "cancelAmount": 9999 }         | 409 PARTIAL_MISMATCH       | 취소 금액(cancelAmount)이 결제 금액과 일치하지 않습니다. 부분 취소는 지원하지 않습니다. | cancelAmount does not match the payment's amount. Partial cancels are not supported. |
      | a payment           | /v1/payments/x$KEY/cancel | application/json | { "cancelReason": "USER_REQUEST", "cancelAmount": 10000 }       | 404 NOT_FOUND              | 존재하지 않는 결제입니다. 결제 키(paymentKey)를 확인해 주십시오.                        | There is no payment with this paymentKey.                                            |
      | a payment           | /v1/payments             | application/json | { "paymentKey": "$KEY", "orderId": "order_1" }                   | 400 INVALID_REQUEST        | amount 필드는 필수입니다.                                                               | amount is required.                                                                  |
      | a payment           | /v1/payments             | application/json | []                                                               | 400 INVALID_REQUEST        | 요청 본문은 하나의 JSON 객체여야 합니다.                                                | The body must be one JSON object.                                                    |
      | a payment           | /v1/payments             | text/plain       | {}                                                               | 415 UNSUPPORTED_MEDIA_TYPE | Content-Type은 application/json이어야 합니다.                                           | Content-Type must be application/json.                                               |

  Scenario Outline: A wrong key
    Given the header "Authorization" is "Basic base64(test_sk_other:)"
    And the header "Accept-Language" is "<language>"
    When I create a payment of 10000 for order "order_1"
    Then it is refused with 401 UNAUTHORIZED
    And the message in "<language>" is '<message>'

    Examples:
      | language | message                                                                                                                 |
      | ko       | 인증에 실패했습니다. 유효한 시크릿 키로 Authorization: Basic base64("<secret-key>:") 헤더를 보내 주십시오. |
      | en       | Send the header Authorization: Basic base64("<secret-key>:") with a valid key.                                           |

  Scenario Outline: A body that is too large
    Given the header "Accept-Language" is "<language>"
    When I create a payment with a body of 16385 bytes
    Then it is refused with 413 PAYLOAD_TOO_LARGE
    And the message in "<language>" is "<message>"

    Examples:
      | language | message                                        |
      | ko       | 요청 본문은 16384바이트를 초과할 수 없습니다.  |
      | en       | The body must not be over 16384 bytes.         |

  Scenario Outline: Regions, weights, any language, and headers that name none of ours
    Given the header "Accept-Language" is "<header>"
    When I retrieve the payment
    Then it is refused with 404 NOT_FOUND
    And the message in "<language>" is "<message>"

    Examples:
      | header            | language | message                                                                |
      | ko                | ko       | 존재하지 않는 결제입니다. 결제 키(paymentKey)를 확인해 주십시오.       |
      | KO-kr             | ko       | 존재하지 않는 결제입니다. 결제 키(paymentKey)를 확인해 주십시오.       |
      | fr, ko;q=0.1      | ko       | 존재하지 않는 결제입니다. 결제 키(paymentKey)를 확인해 주십시오.       |
      | en;q=0, *         | ko       | 존재하지 않는 결제입니다. 결제 키(paymentKey)를 확인해 주십시오.       |
      | ko;q=0.1,en;q=0.2 | en       | There is no payment with this paymentKey.                              |
      | ko;q=0            | en       | There is no payment with this paymentKey.                              |
      | *                 | en       | There is no payment with this paymentKey.                              |
      | fr                | en       | There is no payment with this paymentKey.                              |
      | ko;q=high         | en       | There is no payment with this paymentKey.                              |

  Scenario: Without the header, a message is in English
    When I retrieve the payment
    Then it is refused with 404 NOT_FOUND
    And the message in "en" is "There is no payment with this paymentKey."

  Scenario: An answer without a message has no language
    Given the header "Accept-Language" is "ko"
    When I create a payment of 10000 for order "order_1"
    Then it made the change
    And the answer has no header "Content-Language"

  @front
  Scenario Outline: The messages of the front end
    Given the header "Accept-Language" is "<language>"
    When I send <method> to "<path>"
    Then it is refused with <error>
    And the message in "<language>" is "<message>"

    Examples:
      | language | method | path                 | error                  | message                                                   |
      | ko       | GET    | /v1/unknown          | 404 NOT_FOUND          | 존재하지 않는 경로입니다.                                 |
      | en       | GET    | /v1/unknown          | 404 NOT_FOUND          | There is nothing at this path.                            |
      | ko       | PUT    | /v1/payments/confirm | 405 METHOD_NOT_ALLOWED | 이 경로에서 사용할 수 있는 메서드는 POST, GET입니다.      |
      | en       | PUT    | /v1/payments/confirm | 405 METHOD_NOT_ALLOWED | This path takes POST, GET.                                |
