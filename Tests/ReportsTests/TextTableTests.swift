import Reports
import Testing

@Suite("Text tables")
struct TextTableTests {
  private var table: TextTable {
    var table = TextTable([("Name", .left), ("Bytes", .right)])
    table.add(["a", "1"])
    table.add(["long, \"quoted\"", "1000"])
    return table
  }

  @Test("Columns are aligned and lines end without spaces")
  func text() {
    #expect(
      table.text == """
        Name            Bytes
        a                   1
        long, "quoted"   1000

        """)
  }

  @Test("CSV quotes what RFC 4180 asks for, and nothing else")
  func csv() {
    #expect(table.csv == "Name,Bytes\na,1\n\"long, \"\"quoted\"\"\",1000\n")
  }

  @Test("Markdown says how columns are aligned")
  func markdown() {
    #expect(table.markdown.hasPrefix("| Name | Bytes |\n| --- | ---: |\n| a | 1 |\n"))
  }
}
