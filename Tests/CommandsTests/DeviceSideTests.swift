import Commands
import Testing

/// What the user says of a device's memory holds under every runtime.
@Suite("Figures of the device's side")
struct DeviceSideTests {
  private static let runtimes = [
    "llama.cpp --gpu rtx-4090", "ollama --gpu rtx-4090", "vllm --gpu rtx-4090",
    "transformers --gpu rtx-4090", "executorch --gpu galaxy-s22", "mlx --gpu apple-m1-16gb",
  ]

  private func lines(_ line: String) -> [String] {
    let words = "budget smollm3-3b --context 2048 --runtime \(line)"
    return Tool.run(words.split(separator: " ").map(String.init)).output
      .split(separator: "\n").map(String.init)
  }

  /// Whole bytes of the first line that has a key.
  private func bytes(_ key: String, _ line: String) -> Int64? {
    lines("\(line) --format json").first { $0.contains("\"\(key)\"") }
      .flatMap { Int64($0.filter(\.isNumber)) }
  }

  /// 8 % of an RTX 4090 are 1.9 GiB: vLLM 0.27.1, vllm/v1/worker/utils.py, `request_memory`.
  @Test("What is kept free, and the process, lie in what vLLM's share leaves")
  func claim() throws {
    let card = "vllm --gpu rtx-4090"
    for option in ["--reserve", "--overhead"] {
      #expect(bytes("reserved_bytes", "\(card) \(option) 1GiB") == bytes("reserved_bytes", card))
      let text = lines("\(card) \(option) 3GiB").joined(separator: "\n")
      #expect(text.contains("DOES NOT FIT") && text.contains("lower --utilization"))
    }
  }

  @Test("--reserve is kept free", arguments: runtimes.filter { !$0.hasPrefix("vllm") })
  func reserve(runtime: String) throws {
    let without = try #require(bytes("reserved_bytes", runtime))
    let with = try #require(bytes("reserved_bytes", "\(runtime) --reserve 3GiB"))
    // Under Ollama it takes the place of 457 MiB.
    let replaced: Int64 = runtime.hasPrefix("ollama") ? 457 << 20 : 0
    #expect(with - without + replaced == 3 << 30)
  }

  @Test(
    "--overhead takes the place of the process's range",
    arguments: runtimes.filter { !$0.hasPrefix("vllm") })
  func overhead(runtime: String) throws {
    let row = lines("\(runtime) --overhead 3GiB --format csv").first {
      $0.contains(",runtime_context,")
    }
    let cells = try #require(row).split(separator: ",").map(String.init)
    #expect(cells[3] == cells[4] && cells[4] == cells[5])
    #expect(cells[4] == "\(3 << 30)")
  }

  @Test("--utilization is the share that vLLM claims")
  func utilization() throws {
    let half = try #require(bytes("usable_bytes", "vllm --gpu 24GiB --utilization 0.5"))
    #expect(half == 12 << 30)
  }

  @Test("--explain lists every reservation with its basis", arguments: runtimes)
  func explain(runtime: String) throws {
    let text = lines("\(runtime) --reserve 1GiB --explain").joined(separator: "\n")
    #expect(text.contains("reserved by --reserve: assumed"))
    #expect(text.contains("given with --reserve"))
    let reasons = [
      "rtx-4090": "that the driver keeps: ", "galaxy-s22": "for the system: assumed",
      "apple-m1-16gb": "where the host's part is counted too: assumed",
    ]
    let device = try #require(runtime.split(separator: " ").last.map(String.init))
    #expect(text.contains(try #require(reasons[device])), "\(text)")
  }

  @Test("--desktop counts a desktop: under Windows the driver's share is in it")
  func desktop() throws {
    let card = "llama.cpp --gpu rtx-4090"
    let without = try #require(bytes("reserved_bytes", card))
    #expect(without == Int64(484) << 20)
    #expect(bytes("reserved_bytes", "\(card) --desktop windows") == Int64(1256) << 20)
    #expect(bytes("reserved_bytes", "\(card) --desktop linux") == without + (Int64(350) << 20))
  }

  @Test("--gpu-limit moves a limit, where there is one")
  func limit() throws {
    #expect(
      bytes("usable_bytes", "llama.cpp --gpu apple-m1-16gb --gpu-limit 14GiB") == 14 << 30)
    #expect(
      bytes("usable_bytes", "llama.cpp --gpu ryzen-ai-max-395-128gb --gpu-limit 96GiB")
        == 96 << 30)
    for refused in ["--gpu rtx-4090 --gpu-limit 14GiB", "--gpu apple-m1-16gb --gpu-limit 17GiB"] {
      let outcome = Tool.run(
        "budget smollm3-3b \(refused)".split(separator: " ").map(String.init))
      #expect(outcome.status == .badInput)
      #expect(outcome.diagnostics.contains("--gpu-limit: "))
    }
  }

  @Test("--outputs sequences prices one output of each sequence")
  func outputs() throws {
    let all = try #require(bytes("compute_bytes", "llama.cpp --gpu rtx-4090"))
    let one = try #require(bytes("compute_bytes", "llama.cpp --gpu rtx-4090 --outputs sequences"))
    #expect(one < all)
    #expect(one == bytes("compute_bytes", "llama.cpp --gpu rtx-4090 --outputs 1"))
    #expect(all == bytes("compute_bytes", "llama.cpp --gpu rtx-4090 --outputs all"))
    let text = lines("llama.cpp --gpu rtx-4090").joined(separator: "\n")
    #expect(text.contains("--outputs sequences"))
  }

  @Test("A cache type of llama.cpp's is refused with the runtime's own name for it")
  func cacheType() {
    let outcome = Tool.run(
      "budget smollm3-3b --gpu rtx-4090 --runtime vllm --cache-type q8_0"
        .split(separator: " ").map(String.init))
    #expect(outcome.diagnostics.contains("--kv-cache-dtype fp8"))
  }
}
