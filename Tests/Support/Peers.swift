import KernelSystem
package import Testing

/// What `dev/peers` has fetched: servers that are not of this house.
package enum Peers {
    package static let llamaServer = found("KERNEL_TEST_LLAMA_SERVER")
    /// SmolLM2-135M-Instruct.
    package static let model = found("KERNEL_TEST_MODEL")
    /// Where Python finds llmock.
    package static let llmock = found("KERNEL_TEST_LLMOCK")

    /// Also where they are missing, if somebody insists: then the tests fail.
    package static let isInsisted = Environment.value("KERNEL_TEST_PEERS") == "1"
    package static let hasLlama = isInsisted || (llamaServer != nil && model != nil)
    package static let hasLlmock = isInsisted || llmock != nil

    package static let whyNot: Comment = "it is not there, and dev/peers fetches it"

    private static func found(_ name: String) -> String? {
        let path = Environment.value(name) ?? printed[name] ?? ""
        return Files.exists(path) ? path : nil
    }

    private static let printed: [String: String] = {
        let root = Path.directory(of: Path.directory(of: Path.directory(of: #filePath)))
        let names = ["KERNEL_TEST_LLAMA_SERVER", "KERNEL_TEST_MODEL", "KERNEL_TEST_LLMOCK"]
        // The script writes for a shell, so a shell reads it.
        let line =
            "eval \"$('\(root)/dev/peers' --print 2>/dev/null)\"; "
            + names.map { "printf '%s\\n' \"$\($0)\"" }.joined(separator: "; ")
        let lines = (try? Shell.run(line))?.split(
            separator: "\n", omittingEmptySubsequences: false)
        return Dictionary(
            uniqueKeysWithValues: zip(names, lines?.map(String.init) ?? []))
    }()
}
