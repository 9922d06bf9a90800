Feature: Cancel a payment
  POST /v1/payments/{paymentKey}/cancel cancels an approved payment in full.

  Scenario: An approved payment is canceled
    Given an approved payment of 10000 for order "order_1"
    When I cancel 10000 because "USER_REQUEST"
    Then it made the change
    And the body is
      """
      { "status": "CANCELED", "canceledAt": "$TIME" }
      """
    And the payment is CANCELED

  Scenario: The same cancel again gets the first answer, even with another reason
    Given an approved payment of 10000 for order "order_1"
    When I cancel 10000 because "USER_REQUEST"
    And I cancel 10000 because "단순 변심"
    Then it is a replay
    And it has the same body as the answer before

  Scenario: A payment that was never created
    When I cancel 10000 because "USER_REQUEST"
    Then it is refused with 404 NOT_FOUND
    And there is no payment

  Scenario Outline: A payment that is not approved cannot be canceled, for any amount
    Given a payment of 10000 for order "order_1"
    When I cancel <amount> because "USER_REQUEST"
    Then it is refused with 422 NOT_APPROVED
    And the payment is INITIATED

    Examples:
      | amount |
      | 10000  |
      | 9999   |

  Scenario Outline: Another amount is a mismatch, also when canceled
    Given <payment> of 10000 for order "order_1"
    When I cancel <amount> because "USER_REQUEST"
    Then it is refused with 409 PARTIAL_MISMATCH
    And the payment is <status>

    Examples:
      | payment             | amount | status   |
      | an approved payment | 9999   | APPROVED |
      | an approved payment | 10001  | APPROVED |
      | a canceled payment  | 9999   | CANCELED |
      | a canceled payment  | 1      | CANCELED |

  Scenario: The path names the payment, not the body
    Given an approved payment of 10000 for order "order_1"
    When I POST to "/v1/payments/$KEY/cancel"
      """
      { "paymentKey": "another", "paymentKey": 1, "cancelReason": "USER_REQUEST", "cancelAmount": 10000 }
      """
    Then it made the change
    And the payment is CANCELED

  Scenario: 24 clients that cancel the same payment at once cancel it once
    Given an approved payment of 10000 for order "order_1"
    When 24 clients cancel 10000 at once, each with another reason
    Then one made the change and 23 are equal replays

  Scenario: Confirms and cancels at once end in one order
    Given a payment of 10000 for order "order_1"
    When 12 clients confirm and 12 cancel 10000 for order "order_1" at once
    Then at most one of 12 confirms and one of 12 cancels made the change
