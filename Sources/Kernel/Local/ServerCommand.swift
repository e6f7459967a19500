import KernelSystem

/// How llama-server is started for a model.
struct ServerCommand: Sendable, Hashable {
    let program: String
    let arguments: [String]
    let environment: [String]
    let contextTokens: Int

    /// A window for which the model was made may be larger than anybody needs.
    static let contextTokensMax = 32_768
    private static let contextTokensUnknown = 4_096
    /// What it keeps of chats that nobody goes on with; by itself it would be 8 GB.
    private static let promptCacheMegabytes = 512

    init(
        _ model: LocalModel, _ header: GGUFHeader, program: String, port: UInt16, key: String
    ) {
        let tokens =
            model.contextTokens
            ?? min(header.contextTokens ?? Self.contextTokensUnknown, Self.contextTokensMax)
        var arguments = [
            "-m", model.file, "--host", "127.0.0.1", "--port", "\(port)", "-c", "\(tokens)",
            "--jinja",
        ]
        if let layers = model.gpuLayers { arguments += ["-ngl", "\(layers)"] }
        if let template = model.chatTemplate {
            arguments += [
                template.contains("/") ? "--chat-template-file" : "--chat-template", template,
            ]
        }
        if let projector = model.projector { arguments += ["--mmproj", projector] }
        self.program = program
        self.arguments = arguments + model.arguments
        contextTokens = tokens
        environment =
            Self.inherited
            + [
                // Not among the arguments, which every user of the machine can read. Without a
                // key, any page in a browser could talk to the model.
                "LLAMA_API_KEY=\(key)",
                "LLAMA_ARG_CACHE_RAM=\(Self.promptCacheMegabytes)",
                "LLAMA_ARG_UI=0",
                // When it crashes it would call a debugger and wait for it.
                "GGML_NO_BACKTRACE=1",
            ]
    }

    /// The program and its arguments, as the system shows them.
    var line: [String] { [program] + arguments }

    /// Two lines with the same one run the same model in the same way.
    static func fingerprint(_ line: [String]) -> [String] {
        guard let port = line.firstIndex(of: "--port"), port + 1 < line.count else { return line }
        return Array(line[..<port] + line[(port + 2)...])
    }

    /// Why the model cannot be run as the configuration says.
    static func problem(of model: LocalModel) -> String? {
        for argument in model.arguments {
            let name = argument.split(separator: "=").first.map(String.init) ?? argument
            if let instead = reserved[name] {
                return "\(name) cannot stand among its arguments: \(instead)"
            }
        }
        return nil
    }

    private static let reserved: [String: String] = [
        "-m": modelInstead, "--model": modelInstead,
        "--host": "it is for this machine alone", "--port": "`port` says it",
        "--api-key": keyInstead, "--api-key-file": keyInstead,
        "-hf": fetchInstead, "--hf-repo": fetchInstead, "-mu": fetchInstead,
        "--model-url": fetchInstead,
    ]

    private static let modelInstead = "`file` says it"
    private static let keyInstead = "the kernel makes a key of its own"
    private static let fetchInstead = "the kernel runs a file that is here"

    /// What drivers of graphics cards and the libraries need; no keys of anybody.
    private static var inherited: [String] {
        Environment.all.filter { line in
            let name = line.prefix { $0 != "=" }
            return inheritedNames.contains(String(name))
                || inheritedBeginnings.contains { name.hasPrefix($0) }
        }
    }

    private static let inheritedNames: Set<String> = [
        "PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "XDG_CACHE_HOME",
        "XDG_DATA_DIRS", "XDG_RUNTIME_DIR",
    ]
    private static let inheritedBeginnings = [
        "CUDA_", "NVIDIA_", "HIP_", "ROCR_", "HSA_", "VK_", "GGML_", "OMP_", "MESA_", "DRI_",
        "ONEAPI_", "SYCL_",
    ]
}
