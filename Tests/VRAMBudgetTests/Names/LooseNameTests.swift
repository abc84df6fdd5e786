import Testing
import VRAMBudget

@Suite("Loose names")
struct LooseNameTests {
  @Test(
    "Only lower-case letters, digits, points and pluses are left",
    arguments: [
      ("RTX 3060 12GB", "rtx306012gb"), ("rtx-3060-12gb", "rtx306012gb"),
      ("rtx_3060_12GB", "rtx306012gb"), ("  Q4_K_M\n", "q4km"),
      ("Qwen/Qwen2.5-7B", "qwenqwen2.57b"),
      ("Ryzen AI Max+ 395", "ryzenaimax+395"), ("", ""), ("-_/ :", ""), ("Größe", "gre"),
      ("模型", ""), ("ＲＴＸ", ""), ("@[`{", ""),
    ])
  func normalized(name: String, expected: String) {
    #expect(LooseName.normalized(name) == expected)
  }

  @Test("A normalized name stays as it is", arguments: ["RTX 3060", "Q4_K_M", "a.b+c", "É"])
  func idempotent(name: String) {
    let once = LooseName.normalized(name)
    #expect(LooseName.normalized(once) == once)
  }

  private static let cards = [
    "rtx-3060-8gb", "rtx-3060-12gb", "rtx-3090", "rtx-4090", "rx-7900-xtx", "mi300x",
    "apple-m1-8gb",
  ]

  @Test(
    "A slip of the finger finds the name that was meant",
    arguments: [
      ("rtx 4080", "rtx-4090"),  // one letter changed
      ("rtx 409", "rtx-4090"),  // one left out
      ("rtx 44090", "rtx-4090"),  // one too many
      ("rtx-3060-12g", "rtx-3060-12gb"), ("RX 7900 XT", "rx-7900-xtx"), ("mi300", "mi300x"),
      ("aple m1 8gb", "apple-m1-8gb"),
    ])
  func typos(name: String, meant: String) {
    #expect(LooseName.nearest(to: name, among: Self.cards).first == meant)
  }

  @Test("The name itself is nearest, whatever its punctuation", arguments: cards)
  func itself(card: String) {
    #expect(LooseName.nearest(to: card.uppercased(), among: Self.cards).first == card)
  }

  @Test("A beginning that several names share finds them all, up to the limit")
  func prefix() {
    #expect(
      LooseName.nearest(to: "rtx 3060", among: Self.cards).prefix(2)
        == ["rtx-3060-8gb", "rtx-3060-12gb"])
    #expect(LooseName.nearest(to: "rtx 3060", among: Self.cards, limit: 1) == ["rtx-3060-8gb"])
    #expect(LooseName.nearest(to: "rtx 3060", among: Self.cards, limit: 0) == [])
  }

  @Test("A part of a longer name finds it")
  func part() {
    #expect(LooseName.nearest(to: "7900", among: Self.cards) == ["rx-7900-xtx"])
  }

  @Test("Names that share too little are left out", arguments: ["zzzzzz", "gpt", "llama3.1:405b"])
  func unrelated(name: String) {
    #expect(LooseName.nearest(to: name, among: Self.cards) == [])
  }

  @Test(
    "An empty name, or one without a letter that counts, finds nothing",
    arguments: ["", "--", "模型"])
  func empty(name: String) {
    #expect(LooseName.nearest(to: name, among: Self.cards + ["", "--"]) == [])
  }

  @Test("Nothing is found among no candidates, or among empty ones")
  func noCandidates() {
    #expect(LooseName.nearest(to: "rtx", among: []) == [])
    #expect(LooseName.nearest(to: "rtx", among: ["", "…"]) == [])
  }

  @Test("Equally near names come in alphabetical order, whatever the order of the candidates")
  func ties() {
    for candidates in [["q4c", "q4a", "q4b"], ["q4b", "q4c", "q4a"]] {
      #expect(LooseName.nearest(to: "q4x", among: candidates) == ["q4a", "q4b", "q4c"])
    }
  }
}
