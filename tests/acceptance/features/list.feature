Feature: List the payments of an order
  GET /v1/payments/orders/{orderId} returns the payments of an order, the newest first, and changes nothing.

  Scenario: An order without payments has an empty list
    When I list the payments of "$ORDER"
    Then it returns a list
    And the body is
      """
      { "payments": [] }
      """

  Scenario: A payment in each state
    Given a canceled payment of 10000 for order "$ORDER"
    And another payment
    And an approved payment of 20000 for order "$ORDER"
    And another payment
    And a payment of 30000 for order "$ORDER"
    When I list the payments of "$ORDER"
    Then it returns a list
    And the body is
      """
      {
        "payments": [
          {
            "paymentKey": "$KEY",
            "orderId": "$ORDER",
            "status": "INITIATED",
            "totalAmount": 30000,
            "balanceAmount": 30000,
            "method": null,
            "requestedAt": "$TIME",
            "approvedAt": null,
            "receipt": null,
            "cancels": null
          },
          {
            "paymentKey": "$SECOND",
            "orderId": "$ORDER",
            "status": "APPROVED",
            "totalAmount": 20000,
            "balanceAmount": 20000,
            "method": "CARD",
            "requestedAt": "$TIME",
            "approvedAt": "$TIME",
            "receipt": { "url": "https://pay.local/receipts/$SECOND" },
            "cancels": null
          },
          {
            "paymentKey": "$FIRST",
            "orderId": "$ORDER",
            "status": "CANCELED",
            "totalAmount": 10000,
            "balanceAmount": 0,
            "method": "CARD",
            "requestedAt": "$TIME",
            "approvedAt": "$TIME",
            "receipt": { "url": "https://pay.local/receipts/$FIRST" },
            "cancels": [{ "cancelReason": "USER_REQUEST", "cancelAmount": 10000, "canceledAt": "$TIME" }]
          }
        ]
      }
      """

  Scenario: A payment is the same in the list as in a retrieve, and another order's payment is not in it
    Given an approved payment of 10000 for order "$ORDER.1"
    And another payment
    And an approved payment of 10000 for order "$ORDER"
    When I retrieve the payment
    And I list the payments of "$ORDER"
    Then the list has the payment of the answer before
    When I list the payments of "$ORDER"
    Then it returns a list
    And it has the same body as the answer before

  Scenario: The list shows the state after the last answered change
    Given a payment of 10000 for order "$ORDER"
    When I confirm 10000 for order "$ORDER"
    And I retrieve the payment
    And I list the payments of "$ORDER"
    Then the list has the payment of the answer before
    When I cancel 10000 because "단순 변심 😀"
    And I retrieve the payment
    And I list the payments of "$ORDER"
    Then the list has the payment of the answer before

  Scenario Outline: Every valid order can be listed
    Given a payment of 1 for order "<order>"
    When I retrieve the payment
    And I list the payments of "<order>"
    Then the list has the payment of the answer before

    Examples:
      | order              |
      | ~$ORDER~           |
      | -._$ORDER          |
      | $ORDER.0123456789  |

  # A create with the key `orders` is a replay if these features have run before.
  Scenario: A payment key may be the name of this path
    When I POST to "/v1/payments"
      """
      { "paymentKey": "orders", "orderId": "order_1", "amount": 10000 }
      """
    And I send GET to "/v1/payments/orders"
    Then it returns the payment
    When I list the payments of "order_1"
    Then it returns a list

  # `cargo lambda watch` finds only the route of the list.
  @front
  Scenario: At one path, a cancel of the key orders and a list of the order cancel
    Given a payment of 10000 for order "cancel"
    When I retrieve the payment
    And I send GET to "/v1/payments/orders/cancel"
    Then it returns a list
    And the list has the payment of the answer before
    When I POST to "/v1/payments"
      """
      { "paymentKey": "orders", "orderId": "order_1", "amount": 10000 }
      """
    And I POST to "/v1/payments/orders/cancel"
      """
      { "cancelReason": "USER_REQUEST", "cancelAmount": 10000 }
      """
    Then it is refused with 422 NOT_APPROVED

  Scenario Outline: A body and its type are ignored
    Given a payment of 10000 for order "$ORDER"
    And the header "Content-Type" is "<type>"
    When I list the payments of "$ORDER"
    And I GET "/v1/payments/orders/$ORDER" with the body
      """
      <body>
      """
    Then it returns a list
    And it has the same body as the answer before

    Examples:
      | type             | body                    |
      | application/json | {"orderId":"order_2"}   |
      | application/json | not JSON                |
      | text/plain       | {}                      |

  Scenario: Query strings are ignored, and no query replaces the order
    Given a payment of 10000 for order "$ORDER"
    When I retrieve the payment
    And I send GET to "/v1/payments/orders/$ORDER?orderId=another&limit=0"
    Then the list has the payment of the answer before

  Scenario: The size is checked before the key
    Given the header "Authorization" is left out
    When I send 16385 bytes with GET to "/v1/payments/orders/$ORDER"
    Then it is refused with 413 PAYLOAD_TOO_LARGE

  Scenario: The secret key is checked before the path
    Given the header "Authorization" is left out
    When I send GET to "/v1/payments/orders/a+b"
    Then it is refused with 401 UNAUTHORIZED

  Scenario Outline: Without a key, nothing is shown of an order
    Given an approved payment of 10000 for order "$ORDER"
    And the header "Authorization" is "<value>"
    When I list the payments of "$ORDER"
    Then it is refused with 401 UNAUTHORIZED
    And the message does not say which it was

    Examples:
      | value                        |
      |                              |
      | Basic base64(test_sk_other:) |
      | Basic base64($SECRET)        |

  Scenario Outline: The order in the path has the same rule as in a body
    When I send GET to "/v1/payments/orders/<order>"
    Then it is refused with 400 INVALID_REQUEST
    And the message names "orderId"

    Examples:
      | order                                                              |
      | a+b                                                                |
      | a%20b                                                              |
      | %252e                                                              |
      | a%0Ab                                                              |
      | a%00b                                                              |
      | a%ffb                                                              |
      | a;b                                                                |
      | $LONG                                                              |
      | 12345678901234567890123456789012345678901234567890123456789012345  |

  @front
  Scenario Outline: An order of dots or slashes, which another front end may read as another path
    When I send GET to "/v1/payments/orders/<order>"
    Then it is refused with 400 INVALID_REQUEST
    And the message names "orderId"

    Examples:
      | order     |
      | .         |
      | %2e%2e    |
      | a%2Fb     |

  Scenario: An order of 64 characters is not too long
    When I send GET to "/v1/payments/orders/1234567890123456789012345678901234567890123456789012345678901234"
    Then it returns a list
