Feature: Confirm a payment
  POST /v1/payments/confirm approves a payment for the order and the amount that it was created for.

  Scenario: An initiated payment is approved
    Given a payment of 10000 for order "order_1"
    When I confirm 10000 for order "order_1"
    Then it made the change
    And the body is
      """
      {
        "paymentKey": "$KEY",
        "orderId": "order_1",
        "method": "CARD",
        "approvedAt": "$TIME",
        "totalAmount": 10000,
        "status": "APPROVED",
        "receipt": { "url": "https://pay.local/receipts/$KEY" }
      }
      """
    And the payment is APPROVED

  Scenario: The same confirm again gets the first answer, with the same time
    Given a payment of 10000 for order "order_1"
    When I confirm 10000 for order "order_1"
    And I confirm 10000 for order "order_1"
    Then it is a replay
    And it has the same body as the answer before

  Scenario: A payment that was never created
    When I confirm 10000 for order "order_1"
    Then it is refused with 404 NOT_FOUND
    And there is no payment

  Scenario Outline: Another order or amount is a mismatch in every state, and changes nothing
    Given <payment> of 10000 for order "order_1"
    When I confirm <amount> for order "<order>"
    Then it is refused with 409 AMOUNT_MISMATCH
    And the payment is <status>

    Examples:
      | payment             | amount | order   | status    |
      | a payment           | 9999   | order_1 | INITIATED |
      | a payment           | 10000  | order_2 | INITIATED |
      | a payment           | 10001  | order_2 | INITIATED |
      | an approved payment | 9999   | order_1 | APPROVED  |
      | an approved payment | 10000  | order_2 | APPROVED  |
      | a canceled payment  | 9999   | order_1 | CANCELED  |
      | a canceled payment  | 10000  | order_2 | CANCELED  |

  Scenario: A mismatch does not change the payment
    Given a payment of 10000 for order "order_1"
    When I confirm 9999 for order "order_1"
    And I confirm 10000 for order "order_1"
    Then it made the change

  Scenario: A canceled payment is not approved again
    Given a canceled payment of 10000 for order "order_1"
    When I confirm 10000 for order "order_1"
    Then it is refused with 422 ALREADY_CANCELED
    And the payment is CANCELED

  Scenario: 24 clients that confirm the same payment at once approve it once
    Given a payment of 10000 for order "order_1"
    When 24 clients confirm 10000 for order "order_1" at once
    Then one made the change and 23 are equal replays
    And the payment is APPROVED

  Scenario: The largest amount is kept to the last digit
    Given a payment of 9007199254740991 for order "order_1"
    When I confirm 9007199254740990 for order "order_1"
    Then it is refused with 409 AMOUNT_MISMATCH
    When I confirm 9007199254740991 for order "order_1"
    Then it made the change
    And the body is
      """
      {
        "paymentKey": "$KEY",
        "orderId": "order_1",
        "method": "CARD",
        "approvedAt": "$TIME",
        "totalAmount": 9007199254740991,
        "status": "APPROVED",
        "receipt": { "url": "https://pay.local/receipts/$KEY" }
      }
      """
