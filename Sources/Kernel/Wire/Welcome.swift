package import ModuleJSON

/// `initialize`, which is a client's first request: who it is, and what it speaks.
package struct Introduction: Codable, Sendable, Hashable {
    package static let method = "initialize"

    /// Who names none speaks the first.
    package var protocolVersion: Int64?
    /// For a person who looks who is connected: `repl`, `run`.
    package var client: String?
    /// Where it is, if that is a terminal: `pts/3`. Clients of one kind are told apart by it.
    package var terminal: String?
    /// The client's working folder, which relative paths start from.
    package var folder: String?
    /// The state folder whose kernel the client wants; another kernel refuses.
    package var stateFolder: String?
    /// The configuration file that the client was told to use, if it was; a kernel with another
    /// refuses.
    package var configurationFile: String?
    /// The client wants a kernel in safe mode; another one refuses.
    package var wantsSafeMode: Bool?
    /// A person reads what this client is welcomed with: from then on it need not be said again.
    package var showsNews: Bool?

    package init(client: String? = nil, folder: String? = nil, stateFolder: String? = nil) {
        protocolVersion = Welcome.protocolVersion
        self.client = client
        self.folder = folder
        self.stateFolder = stateFolder
    }

    private static let folderBytesMax = 4_096

    package init(_ params: JSON) throws(WireError) {
        do {
            self = try params.decode(Introduction.self)
        } catch {
            throw .badParameters("\(error)")
        }
        let version = protocolVersion ?? Welcome.protocolVersion
        guard version == Welcome.protocolVersion else {
            throw .mismatch(
                "this kernel speaks version \(Welcome.protocolVersion) of the protocol, the client "
                    + "version \(version): use programs of one release")
        }
        guard let folder else { return }
        guard folder.hasPrefix("/"), folder.utf8.count <= Self.folderBytesMax else {
            throw .badParameters("\"folder\" must be a path that begins with a slash")
        }
    }
}

/// The reply to `initialize`.
package struct Welcome: Codable, Sendable, Hashable {
    package static let method = Introduction.method
    package static let protocolVersion: Int64 = 1

    package var protocolVersion: Int64
    package var kernelVersion: String
    package var process: Int32
    package var isDevelopment: Bool
    /// What the kernel works on: there is one kernel for each.
    package var stateFolder: String?
    package var configurationFile: String
    /// Whether the configuration file is there.
    package var hasConfiguration: Bool
    package var modules: [ModuleDescription]
    /// What is missing or went wrong before, each with what to do.
    package var notices: [String]
    /// What happened before this client came, and is to be shown in full.
    package var news: [KernelNews]?
    /// Only the bundled modules are there; nil means no.
    package var isSafeMode: Bool?

    package init(
        kernelVersion: String, process: Int32, isDevelopment: Bool, stateFolder: String? = nil,
        configurationFile: String, hasConfiguration: Bool, modules: [ModuleDescription],
        notices: [String]
    ) {
        protocolVersion = Self.protocolVersion
        self.kernelVersion = kernelVersion
        self.process = process
        self.isDevelopment = isDevelopment
        self.stateFolder = stateFolder
        self.configurationFile = configurationFile
        self.hasConfiguration = hasConfiguration
        self.modules = modules
        self.notices = notices
    }
}
