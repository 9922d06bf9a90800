Feature: Create a payment
  POST /v1/payments creates a payment, or returns the one that has its key.

  Scenario: A new payment is initiated
    When I create a payment of 10000 for order "order_1"
    Then it made the change
    And the body is
      """
      { "paymentKey": "$KEY", "orderId": "order_1", "status": "INITIATED" }
      """
    And the payment is INITIATED

  Scenario: The same request again returns the same payment
    When I create a payment of 10000 for order "order_1"
    And I create a payment of 10000 for order "order_1"
    Then it is a replay
    And it has the same body as the answer before

  Scenario Outline: Another order or amount returns the stored payment, unchanged
    Given a payment of 10000 for order "order_1"
    When I create a payment of <amount> for order "<order>"
    Then it is a replay
    And the body is
      """
      { "paymentKey": "$KEY", "orderId": "order_1", "status": "INITIATED" }
      """
    When I confirm 10000 for order "order_1"
    Then it made the change

    Examples:
      | amount | order   |
      | 9999   | order_1 |
      | 10000  | order_2 |
      | 1      | order_2 |

  Scenario: A payment that has moved on is returned with its current status
    Given an approved payment of 10000 for order "order_1"
    When I create a payment of 10000 for order "order_1"
    Then it is a replay
    And the body is
      """
      { "paymentKey": "$KEY", "orderId": "order_1", "status": "APPROVED" }
      """

  Scenario: A canceled payment is returned as canceled, and stays so
    Given a canceled payment of 10000 for order "order_1"
    When I create a payment of 10000 for order "order_1"
    Then it is a replay
    And the body is
      """
      { "paymentKey": "$KEY", "orderId": "order_1", "status": "CANCELED" }
      """

  Scenario: 24 clients that create the same payment at once make one
    When 24 clients create a payment of 10000 for order "order_1" at once
    Then one made the change and 23 are equal replays

  Scenario: Unknown fields, query strings and unknown headers are ignored
    Given the header "Idempotency-Key" is "another-key"
    And the header "X-Request-Id" is "mine-and-not-yours"
    When I POST to "/v1/payments?amount=1&amount=2&paymentKey=other"
      """
      {
        "status": "APPROVED", "approvedAt": "2024-01-01T12:34:56Z", "createdBy": "me", "amounts": [1, {"amount": 2}],
        "Amount": 1, "": null, "__proto__": {"amount": 1},
        "amount": 10000, "orderId": "order_1", "paymentKey": "$KEY"
      }
      """
    Then it made the change
    And the answer's header "X-Request-Id" is not "mine-and-not-yours"
    And the payment is INITIATED
    When I confirm 10000 for order "order_1"
    Then it made the change

  Scenario: A field's name may be written with escapes
    When I POST to "/v1/payments"
      """
      { "\u0070aymentKey": "$KEY", "orderId": "\u006frder_1", "amount": 10000 }
      """
    Then it made the change
