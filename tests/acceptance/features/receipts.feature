Feature: Receipts
  GET /receipts/{paymentKey}?t=… shows the customer the receipt of an approved payment. It needs no key: the token in the address is
  enough. Receipts are off unless the operator has switched them on.

  @front
  Scenario: While receipts are off, there is nothing at their path
    Given an approved payment of 10000 for order "order_1"
    When I send GET to "/receipts/$KEY"
    Then it is refused with 404 NOT_FOUND

  @receipts
  Scenario: All answers have the same address of a receipt
    When receipts are switched on
    And I create a payment of 10000 for order "$ORDER"
    And I confirm 10000 for order "$ORDER"
    And I confirm 10000 for order "$ORDER"
    Then it is a replay
    And it has the same body as the answer before
    When I retrieve the payment
    And I list the payments of "$ORDER"
    And I cancel 10000 because "USER_REQUEST"
    And I retrieve the payment
    Then every address of a receipt is the same, with a token

  @receipts
  Scenario: A payment that was approved before receipts were switched on has one
    Given an approved payment of 10000 for order "$ORDER"
    When receipts are switched on
    And I confirm 10000 for order "$ORDER"
    Then it is a replay
    When I retrieve the payment
    Then every address of a receipt is the same, with a token
    When I open the receipt
    Then it is a page in "en"

  @receipts
  Scenario Outline: A receipt has what a customer must know
    Given <payment> of <amount> for order "<order>"
    And the header "Accept-Language" is "<language>"
    When receipts are switched on
    And I retrieve the payment
    And I open the receipt
    Then it is a page in "<language>"
    And the page shows "<text>"

    Examples:
      | payment             | amount           | order   | language | text                                                                                                                    |
      | an approved payment | 10000            | order_1 | en       | A <shop> & Co. / Receipt / ₩10,000 / Order / order_1 / Paid by / Card / Approved / $TIME / KST (UTC+9)                  |
      | an approved payment | 10000            | order_1 | ko       | A <shop> & Co. / 결제 영수증 / ₩10,000 / 주문 번호 / order_1 / 결제 수단 / 카드 / 승인 일시 / $TIME / KST (한국 표준시) |
      | an approved payment | 9007199254740991 | ~       | en       | A <shop> & Co. / Receipt / ₩9,007,199,254,740,991 / Order / ~ / Paid by / Card / Approved / $TIME / KST (UTC+9)         |
      | a canceled payment  | 1                | order_1 | en       | A <shop> & Co. / Receipt / ₩1 / Canceled / ₩1 / $TIME / KST (UTC+9) / Order / order_1 / Paid by / Card / Approved / $TIME / KST (UTC+9) |
      | a canceled payment  | 1                | order_1 | ko       | A <shop> & Co. / 결제 영수증 / ₩1 / 결제 취소 / ₩1 / $TIME / KST (한국 표준시) / 주문 번호 / order_1 / 결제 수단 / 카드 / 승인 일시 / $TIME / KST (한국 표준시) |

  @receipts
  Scenario: A receipt shows a cancel as soon as it is made
    Given an approved payment of 10000 for order "order_1"
    When receipts are switched on
    And I retrieve the payment
    And I open the receipt
    Then the page does not show "Canceled"
    When I cancel 10000 because "USER_REQUEST"
    And I retrieve the payment
    And I open the receipt
    Then the page has "Canceled"
    And the page does not show "USER_REQUEST"

  @receipts
  Scenario: A receipt needs no key and ignores one
    Given an approved payment of 10000 for order "order_1"
    When receipts are switched on
    And I retrieve the payment
    Given the header "Authorization" is "Basic nonsense"
    When I open the receipt
    Then it is a page in "en"
    Given the header "Authorization" is left out
    When I open the receipt
    Then it is a page in "en"
    And it has the same body as the answer before

  @receipts
  Scenario Outline: Without the right token, every payment gets the same page
    Given <payment> of 10000 for order "order_1"
    When receipts are switched on
    And I send GET to "/receipts/nothing"
    And I send GET to "/receipts/$KEY<query>"
    Then there is no such receipt
    And it has the same body as the answer before

    Examples:
      | payment             | query                              |
      | an approved payment |                                    |
      | an approved payment | ?t=                                |
      | an approved payment | ?t=AAAAAAAAAAAAAAAAAAAAAA          |
      | an approved payment | ?t=AAAAAAAAAAAAAAAAAAAAAA&t=A      |
      | an approved payment | ?T=AAAAAAAAAAAAAAAAAAAAAA          |
      | a canceled payment  | ?t=AAAAAAAAAAAAAAAAAAAAAA          |
      | a payment           | ?t=AAAAAAAAAAAAAAAAAAAAAA          |

  @receipts
  Scenario: The token of a payment opens no other
    Given an approved payment of 10000 for order "order_1"
    When receipts are switched on
    And I retrieve the payment
    Given another payment
    And an approved payment of 10000 for order "order_1"
    When I open the receipt with the key "$KEY"
    Then there is no such receipt
    When I open the receipt with the key "$FIRST"
    Then it is a page in "en"

  @receipts
  Scenario Outline: A path that no payment can have
    When receipts are switched on
    And I send GET to "/receipts/nothing"
    And I send GET to "/receipts/<key>"
    Then there is no such receipt
    And it has the same body as the answer before

    Examples:
      | key      |
      | a+b      |
      | a%2Fb    |
      | %2e%2e   |
      | k$LONG   |
      | a%ffb    |

  @receipts
  Scenario: What is not there is said in Korean, too
    Given the header "Accept-Language" is "ko"
    When receipts are switched on
    And I send GET to "/receipts/nothing"
    Then there is no such receipt
    And the page has "영수증을 찾을 수 없습니다"

  @receipts
  Scenario: A body over the limit
    When receipts are switched on
    And I send 16385 bytes with GET to "/receipts/$KEY"
    Then it is a page with the status 413

  @receipts
  Scenario Outline: Another method
    When receipts are switched on
    And I send <method> to "/receipts/$KEY"
    Then the answer's header "Allow" is "GET"

    Examples:
      | method  |
      | POST    |
      | HEAD    |
      | OPTIONS |
