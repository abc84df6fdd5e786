import ModelFiles
import TestSupport
import Testing
import VRAMBudget

@Suite("Damaged GGUF files")
struct GGUFDamageTests {
  private static let samples: [[UInt8]] = [
    GGUFSample.whole.file, GGUFSample.whole { $0.isBigEndian = true }.file,
  ]

  @Test("A file cut at any byte is refused, until only padding is missing", arguments: samples)
  func cut(bytes: [UInt8]) throws {
    let header = try readGGUF(bytes)
    let last = try #require(header.tensors.last)
    let needed = Int(header.headerBytes.count + last.offset + last.bytes.count)
    for count in 0..<needed {
      let error = #expect(throws: GGUFError.self, "cut at \(count)") {
        try readGGUF(Array(bytes.prefix(count)))
      }
      #expect(error?.problem.isEmpty == false && error?.fix.isEmpty == false)
    }
    for count in needed...bytes.count {
      #expect(throws: Never.self) { try readGGUF(Array(bytes.prefix(count))) }
    }
  }

  @Test("A file cut in its header names the part that ends, at the byte where it ends")
  func cutPlaces() throws {
    let builder = GGUFSample.whole
    let bytes = builder.file
    for count in 4..<builder.header.count - 32 {
      do {
        _ = try readGGUF(Array(bytes.prefix(count)))
        Issue.record("read")
      } catch {
        switch error {
        case .cut(_, let fileBytes): #expect(fileBytes == count)
        case .tooMany(_, _, _, let at, let remaining): #expect(at + 8 + remaining == count)
        default: Issue.record("\(error)")
        }
      }
    }
  }

  @Test("Random damage is refused or read, never a crash")
  func mutated() {
    var random = SeededGenerator(seed: Mutation.seed(20_261_121))
    var refused = 0
    let rounds = Mutation.rounds(20_000)
    for round in 0..<rounds {
      let bytes = Mutation.damaged(Self.samples[round % 2], using: &random)
      do {
        expectSound(try readGGUF(bytes), fileBytes: bytes.count)
      } catch {
        refused += 1
        if error.problem.isEmpty || error.fix.isEmpty { Issue.record("\(error)") }
      }
    }
    // Most damage hits something that matters.
    #expect(refused > rounds / 2)
  }

  /// Expects what holds for whatever is read: data inside the file, in order, and parts that add up.
  private func expectSound(_ header: GGUFHeader, fileBytes: Int) {
    var end: Int64 = 0
    for tensor in header.tensors {
      if tensor.offset < end { Issue.record("overlap at \(tensor.name)") }
      if (try? tensor.format.bytes(of: tensor.shape)) != tensor.bytes { Issue.record("bytes") }
      end = tensor.offset + tensor.bytes.count
    }
    if header.headerBytes.count + end > fileBytes { Issue.record("beyond the end") }
    for entry in header.metadata.entries {
      guard case .array(let array) = entry.value, let elements = array.elements else { continue }
      if elements.count != array.count { Issue.record("elements of \(entry.key)") }
    }
  }
}
