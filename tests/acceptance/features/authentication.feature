Feature: Authentication
  Authorization: Basic base64("<secret-key>:"), and no other form.

  Scenario Outline: A valid key in every form that is allowed
    Given the header "Authorization" is "<value>"
    When I create a payment of 10000 for order "order_1"
    Then it made the change

    Examples:
      | value                    |
      | Basic base64($SECRET:)   |
      | basic base64($SECRET:)   |
      | BASIC base64($SECRET:)   |
      | bAsIc unpadded($SECRET:) |

  Scenario Outline: Every other value is refused with the same text, and nothing is written
    Given the header "Authorization" is "<value>"
    When I create a payment of 10000 for order "order_1"
    Then it is refused with 401 UNAUTHORIZED
    And the message does not say which it was
    And there is no payment

    Examples:
      | value                                            |
      |                                                  |
      | Basic                                            |
      | Basic base64()                                   |
      | Basic base64(:)                                  |
      | Basic base64($SECRET)                            |
      | Basic base64($SECRET::)                          |
      | Basic base64($SECRET:x)                          |
      | Basic base64(:$SECRET)                           |
      | Basic base64($SECRET + :)                        |
      | Basic base64($SECRET:\\n)                         |
      | Basic base64(x$SECRET:)                          |
      | Basic base64($SECRETx:)                        |
      | Basic base64(test_sk_other:)                     |
      | Basic  base64($SECRET:)                          |
      | Basic base64($SECRET:)=                          |
      | Basic base64($SECRET:) x                         |
      | Basic $SECRET:                                   |
      | Basic base64($SECRET:),Basic base64($SECRET:)    |
      | Bearer base64($SECRET:)                          |
      | Bearer $SECRET                                   |
      | base64($SECRET:)                                 |
      | $SECRET                                          |

  Scenario: A missing header
    Given the header "Authorization" is left out
    When I create a payment of 10000 for order "order_1"
    Then it is refused with 401 UNAUTHORIZED
    And the message does not say which it was
    And there is no payment

  @front
  Scenario Outline: A challenge says how to send the key
    Given the header "Authorization" is "<value>"
    When I create a payment of 10000 for order "order_1"
    Then it is refused with 401 UNAUTHORIZED
    And the answer's header "WWW-Authenticate" is "Basic realm='payments', charset='UTF-8'"

    Examples:
      | value                    |
      | Basic base64(another:)   |
      | Basic base64($SECRET)    |
      | Bearer $SECRET           |

  @front
  Scenario: A challenge says how to send the key, if there is none
    Given the header "Authorization" is left out
    When I create a payment of 10000 for order "order_1"
    Then it is refused with 401 UNAUTHORIZED
    And the answer's header "WWW-Authenticate" is "Basic realm='payments', charset='UTF-8'"

  @front
  Scenario: The header twice, both with a valid key
    Given the header "Authorization" is sent twice
    When I create a payment of 10000 for order "order_1"
    Then it is refused with 401 UNAUTHORIZED
    And there is no payment

  Scenario: A valid key in another place does not count
    Given the header "Authorization" is left out
    And the header "Proxy-Authorization" is "Basic base64($SECRET:)"
    And the header "X-Forwarded-Authorization" is "Basic base64($SECRET:)"
    When I POST to "/v1/payments?authorization=$SECRET"
      """
      { "paymentKey": "$KEY", "orderId": "order_1", "amount": 10000 }
      """
    Then it is refused with 401 UNAUTHORIZED
    And there is no payment

  Scenario Outline: Without a key, no endpoint reveals anything about a payment
    Given an approved payment of 10000 for order "order_1"
    And the header "Authorization" is "Basic base64(test_sk_other:)"
    When I POST to "<path>"
      """
      { "paymentKey": "$KEY", "orderId": "order_1", "amount": 10000, "cancelReason": "x", "cancelAmount": 10000 }
      """
    Then it is refused with 401 UNAUTHORIZED
    And the payment is APPROVED

    Examples:
      | path                     |
      | /v1/payments             |
      | /v1/payments/confirm     |
      | /v1/payments/$KEY/cancel |
