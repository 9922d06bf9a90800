@front
Feature: Faults of the local server

  A test of a backend arms a fault, and the server loses, cuts, delays or replaces an answer. Whether the request is carried out depends
  only on the fault, and a client that follows the guide gets its definite answer under each.

  Scenario Outline: A client that follows the guide confirms once under <fault>
    Given a payment of 10000 for order "$ORDER"
    And the next confirm meets the fault "<fault>"
    When a client that follows the guide sends a confirm
    Then it knows that the payment is "APPROVED"
    And its requests of confirm were "<requests>"
    And the order has 1 approved payment

    Examples:
      | fault                                  | requests                                                     |
      | lose-request                           | lose-request unanswered, FIRST answered                      |
      | lose-answer                            | lose-answer FIRST unanswered, REPLAY answered                |
      | cut-answer                             | cut-answer FIRST unanswered, REPLAY answered                 |
      | delay delayMs=300                      | delay FIRST answered                                         |
      | delay-answer delayMs=300               | delay-answer FIRST answered                                  |
      | delay-answer delayMs=12000             | delay-answer FIRST unanswered, REPLAY answered               |
      | answer code=SERVICE_UNAVAILABLE        | answer SERVICE_UNAVAILABLE answered, FIRST answered          |
      | answer status=429                      | answer answered, FIRST answered                              |
      | answer status=504                      | answer answered, FIRST answered                              |
      | answer-after code=SERVICE_UNAVAILABLE  | answer-after FIRST answered, REPLAY answered                 |
      | answer-after status=502                | answer-after FIRST answered, REPLAY answered                 |

  Scenario Outline: A client that follows the guide gets its answer to a <operation>
    Given an approved payment of 10000 for order "$ORDER"
    And the next <operation> meets the fault "lose-answer"
    When a client that follows the guide sends a <operation>
    Then it knows that the payment is "<status>"
    And its requests of <operation> were "<requests>"

    Examples:
      | operation | status   | requests                                      |
      | cancel    | CANCELED | lose-answer FIRST unanswered, REPLAY answered |
      | retrieve  | APPROVED | lose-answer READ unanswered, READ answered    |

  Scenario: A client that gives up after a lost answer leaves an approved payment behind
    Given a payment of 10000 for order "$ORDER"
    And the next confirm meets the fault "lose-answer"
    When a client that gives up sends a confirm
    Then it does not know what became of the payment
    And the order has 1 approved payment

  Scenario: A client that makes a new payment key after a lost answer pays twice
    Given the next confirm meets the fault "lose-answer"
    When a client that makes a new payment key pays
    Then it knows that the payment is "APPROVED"
    And the order has 2 approved payments

  Scenario: A fault meets no request of another payment
    Given a payment of 10000 for order "$ORDER"
    And the next confirm meets the fault "lose-answer"
    And another payment
    And a payment of 10000 for order "$ORDER"
    When a client that gives up sends a confirm
    Then it knows that the payment is "APPROVED"
