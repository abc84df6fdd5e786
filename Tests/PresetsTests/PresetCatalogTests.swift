import PresetEntries
import Presets
import Testing
import VRAMBudget

/// Returns a name in other cases and with other punctuation.
private func spellings(of name: String, _ number: Int) -> [String] {
  let separators: Set<Character> = [" ", "-", "_", "/", ":", ",", "(", ")"]
  let others = [
    name.uppercased(), name.lowercased().filter { !separators.contains($0) },
    " " + name.split { separators.contains($0) }.joined(separator: "__") + " ",
  ]
  return [name, others[number % others.count]]
}

private let catalogue = PresetCatalog()

private func deviceEntries() throws -> [DeviceEntry] {
  try catalogue.allDevices().map { try catalogue.entry(of: $0) }
}

@Suite("The models that are known by name")
struct ModelPresetTests {
  @Test("Every entry decodes, and its configuration makes a model")
  func decode() throws {
    let entries = try catalogue.allModels().map(\.entry)
    #expect(!entries.isEmpty)
    for entry in entries {
      let model = try catalogue.shape(of: entry)
      #expect(model.id == entry.id)
      #expect(model.name == entry.name)
      #expect(model.source == .preset)
      #expect(!model.layers.isEmpty, "\(entry.id)")
    }
  }

  @Test("Every model has the parameters that its entry says")
  func parameters() throws {
    for (entry, _, _) in try catalogue.allModels() {
      let model = try catalogue.shape(of: entry)
      // Published counts of files include what is stored but not trained, some makers' do not.
      let stored = model.checkpointTensors.reduce(0) { $0 + $1.shape.elements }
      #expect([model.parameters, stored].contains(entry.parameters), "\(entry.id)")
    }
  }

  @Test("Every id, name, alias and Hugging Face id finds its own entry, however it is spelled")
  func names() throws {
    for (entry, _, _) in try catalogue.allModels() {
      let names = [entry.id, entry.name] + entry.aliases + [entry.huggingFace].compactMap { $0 }
      for (number, name) in names.enumerated() {
        for spelling in spellings(of: name, number) {
          #expect(try catalogue.entry(ofModelNamed: spelling).id == entry.id, "\(spelling)")
        }
      }
    }
  }

  @Test("Ids are unique, and no name finds two entries")
  func unique() throws {
    var owners: [String: String] = [:]
    for (entry, _, _) in try catalogue.allModels() {
      for name in entry.names {
        let owner = owners.updateValue(entry.id, forKey: name)
        #expect(owner == nil, "\(name) names \(entry.id) and \(owner ?? "")")
      }
    }
  }

  // Parameters as the model cards on Hugging Face state them.
  @Test(
    "Well-known models are there with the parameters that their makers state",
    arguments: [
      ("llama3.1:8b", 8_030_261_248), ("meta-llama/Llama-3.1-8B-Instruct", 8_030_261_248),
      ("Llama 3.1 70B Instruct", 70_553_706_496), ("qwen2.5:7b", 7_615_616_512),
      ("mistral:7b", 7_248_023_552), ("llama3.2:1b", 1_235_814_400),
    ] as [(String, Int64)])
  func wellKnown(name: String, parameters: Int64) throws {
    #expect(try catalogue.model(named: name).parameters == parameters)
  }

  @Test(
    "An unknown name is refused with those nearest to it",
    arguments: [
      ("lama3.1:8b", "llama3.1:8b"), ("llama-3.1-8b-instuct", "llama3.1:8b"),
      ("qwen2.5:7", "qwen2.5:7b"), ("qwen3-14", "qwen3:14b"), ("phi5:14b", "phi4:14b"),
    ])
  func unknown(name: String, meant: String) throws {
    let error = try #require(throws: PresetError.self) { try catalogue.model(named: name) }
    guard case .unknownModel(name, let nearest) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(nearest.contains(meant), "\(nearest)")
    #expect((1...3).contains(nearest.count))
    #expect(error.problem == "unknown model '\(name)'")
    #expect(error.fix.contains(meant))
  }

  @Test("A name like no other is refused without a guess", arguments: ["zzzzzzzzzz", "", "???"])
  func unlike(name: String) {
    #expect(throws: PresetError.unknownModel(name, nearest: [])) {
      try catalogue.model(named: name)
    }
  }
}

@Suite("The devices that are known by name")
struct DevicePresetTests {
  @Test("Every entry decodes, with a usable size above zero and not above the total")
  func decode() throws {
    let entries = try deviceEntries()
    #expect(!entries.isEmpty)
    for entry in entries {
      let device = Device(entry)
      #expect(device.usable > .zero, "\(entry.id)")
      #expect(device.usable <= device.total, "\(entry.id)")
      #expect(device.total == .mebibytes(entry.total.mebibytes))
      #expect(device.backend.rawValue == entry.backend)
      #expect(device.reservations.allSatisfy { $0.bytes >= .zero && !$0.source.isEmpty })
    }
  }

  @Test("More than nine tenths of a card with memory of its own is usable")
  func plausible() throws {
    for entry in try deviceEntries() where !entry.isUnified {
      let device = Device(entry)
      #expect(10 * device.usable > 9 * device.total, "\(entry.id)")
    }
  }

  @Test("Every id, name and alias finds its own entry, however it is spelled")
  func names() throws {
    for entry in try deviceEntries() {
      for (number, name) in ([entry.id, entry.name] + entry.aliases).enumerated() {
        for spelling in spellings(of: name, number) {
          #expect(try catalogue.device(named: spelling).id == entry.id, "\(spelling)")
        }
      }
    }
  }

  @Test("Ids are unique, and no name finds two entries")
  func unique() throws {
    var owners: [String: String] = [:]
    for entry in try deviceEntries() {
      for name in entry.names {
        let owner = owners.updateValue(entry.id, forKey: name)
        #expect(owner == nil, "\(name) names \(entry.id) and \(owner ?? "")")
      }
    }
  }

  @Test(
    "Vendor and series words do not matter",
    arguments: [
      ("NVIDIA GeForce RTX 3060 12 GB", "rtx-3060-12gb"),
      ("GeForce RTX 3060 12GB", "rtx-3060-12gb"),
      ("rtx 3060 12gb", "rtx-3060-12gb"), ("3060-12gb", "rtx-3060-12gb"),
      ("nvidia 3060 12gb", "rtx-3060-12gb"), ("NVIDIA RTX 4090", "rtx-4090"),
      ("geforce 4090", "rtx-4090"), ("4090", "rtx-4090"), ("AMD Radeon RX 7900 XTX", "rx-7900-xtx"),
      ("Radeon RX 7900 XTX", "rx-7900-xtx"), ("amd 7900 xtx", "rx-7900-xtx"),
      ("Intel Arc B580", "arc-b580"), ("Apple M1 8GB", "apple-m1-8gb"), ("m1 8 gb", "apple-m1-8gb"),
      ("NVIDIA A100-SXM4-80GB", "a100-sxm-80gb"), ("Tesla V100-SXM2-16GB", "tesla-v100-16gb"),
      ("NVIDIA L40S", "l40s"), ("samsung galaxy s22", "galaxy-s22"),
    ])
  func vendorWords(name: String, id: String) throws {
    #expect(try catalogue.device(named: name).id == id)
  }

  @Test(
    "A name that several sizes go by is refused, and the choices are named",
    arguments: [
      ("4060 Ti", ["rtx-4060-ti-8gb", "rtx-4060-ti-16gb"]),
      ("NVIDIA GeForce RTX 4060 Ti", ["rtx-4060-ti-8gb", "rtx-4060-ti-16gb"]),
      ("rtx 3060", ["rtx-3060-8gb", "rtx-3060-12gb"]),
      ("NVIDIA 3060", ["rtx-3060-8gb", "rtx-3060-12gb"]),
      ("a100", ["a100-pcie-40gb", "a100-sxm-40gb", "a100-pcie-80gb", "a100-sxm-80gb"]),
      ("A100-SXM4", ["a100-sxm-40gb", "a100-sxm-80gb"]), ("p100", ["tesla-p100-16gb"]),
    ])
  func ambiguous(name: String, choices: [String]) throws {
    let error = try #require(throws: PresetError.self) { try catalogue.device(named: name) }
    #expect(error == .ambiguousDevice(name, choices: choices))
    for choice in choices {
      #expect(error.problem.contains(choice))
      #expect(try catalogue.device(named: choice).id == choice)
    }
    #expect(error.fix.contains("--gpu \(choices[0])"))
  }

  @Test(
    "An unknown name is refused with those nearest to it",
    arguments: [
      ("rtx 4091", "rtx-4090"), ("rtx 3060 12h", "rtx-3060-12gb"), ("7900 xtxx", "rx-7900-xtx"),
      ("h200 pcie", "h200"), ("m1 9gb", "apple-m1-8gb"), ("nvidia geforce rtx 409", "rtx-4090"),
    ])
  func unknown(name: String, meant: String) throws {
    let error = try #require(throws: PresetError.self) { try catalogue.device(named: name) }
    guard case .unknownDevice(name, let nearest) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(nearest.contains(meant), "\(nearest)")
    #expect((1...3).contains(nearest.count))
    #expect(error.problem == "unknown GPU '\(name)'")
    #expect(error.fix.contains(meant))
  }

  @Test(
    "A name like no other is refused without a guess",
    arguments: ["zzzzzzzzzz", "", "???"])
  func unlike(name: String) {
    #expect(throws: PresetError.unknownDevice(name, nearest: [])) {
      try catalogue.device(named: name)
    }
  }

  @Test("A vendor's name alone finds no device", arguments: ["NVIDIA", "amd", "Apple", "geforce"])
  func vendorAlone(name: String) throws {
    let error = try #require(throws: PresetError.self) { try catalogue.device(named: name) }
    guard case .unknownDevice(name, _) = error else {
      Issue.record("\(error)")
      return
    }
  }

  @Test("A card has the total and the usable memory that its entry gives")
  func figures() throws {
    // 12288 MiB by nvidia-smi. The entry's only runtime total is from Windows, where the desktop
    // takes its share instead, so the driver's is the estimate of 450 MiB for up to 32 GiB.
    let card = try catalogue.device(named: "rtx-3060-12gb")
    #expect(card.total == .mebibytes(12_288))
    #expect(card.usable == .mebibytes(11_838))
    #expect(card.reservations.map(\.reason) == [.driver])
    #expect(!card.isUnified)
  }
}
