// swift-tools-version: 6.3
import PackageDescription

/// The kernel, bottom to top: a layer imports only what its row names. `Sources/Kernel/X` is the
/// module `KernelX`, tested in `Tests/X`; `Tests/Tidy` compares the rows with every import.
let layers: [Layer] = [
    Layer("Base", uses: ["ModuleJSON"]),
    Layer("System", uses: ["KernelBase", "CInotify"], safety: .strict),
    Layer("Database", uses: ["KernelBase", "KernelSystem", "CSQLite"], safety: .strict),
    Layer("Store", uses: ["KernelBase", "KernelSystem", "KernelDatabase"]),
    Layer(
        "History",
        uses: ["KernelBase", "KernelDatabase", "KernelStore", "ModuleChat", "ModuleJSON"],
        testUses: ["KernelSystem"]),
    Layer(
        "Archives",
        uses: ["KernelBase", "KernelStore", "KernelHistory", "ModuleChat", "ModuleJSON"]),
    Layer(
        "Sandbox", uses: ["KernelBase", "KernelSystem", "ModuleJSON", "CSandbox"],
        testUses: ["KernelHosting", "KernelWorkers"], safety: .strict),
    Layer("Flight", uses: ["KernelBase", "KernelSystem", "CCrash"], safety: .strict),
    Layer("Config", uses: ["KernelBase", "KernelSystem", "ModuleJSON", "CToml"]),
    Layer("Wire", uses: ["KernelBase", "ModuleJSON"]),
    Layer("HTTP", uses: ["KernelBase", "KernelSystem", "CHTTP"], safety: .strict),
    Layer(
        "Hosting",
        uses: ["KernelBase", "KernelSystem", "KernelFlight", "ModuleJSON", "CModuleABI"],
        safety: .strict),
    Layer(
        "Parent", uses: ["KernelBase", "KernelSystem", "KernelFlight", "ModuleJSON"],
        testUses: ["CCrash"], safety: .strict),
    Layer(
        "Workers", uses: ["KernelBase", "KernelSystem", "KernelSandbox", "KernelHosting"],
        safety: .strict),
    Layer(
        "Residence",
        uses: ["KernelBase", "KernelSystem", "KernelStore", "KernelHosting", "KernelWorkers"]),
    Layer(
        "Brokers",
        uses: [
            "KernelBase", "KernelSystem", "KernelSandbox", "KernelHTTP", "KernelHosting",
            "KernelWorkers", "ModuleJSON",
        ]),
    Layer("Builds", uses: ["KernelBase", "KernelSystem", "ModuleJSON"]),
    Layer(
        "Generations",
        uses: [
            "ModuleChat", "ModuleJSON", "KernelBase", "KernelSystem", "KernelFlight", "KernelStore",
            "KernelSandbox", "KernelHosting", "KernelWorkers", "KernelResidence", "KernelBuilds",
        ]),
    Layer(
        "Loader",
        uses: [
            "KernelBase", "KernelSystem", "KernelStore", "KernelSandbox", "KernelHosting",
            "KernelWorkers", "KernelResidence", "KernelBuilds", "KernelGenerations", "ModuleChat",
            "ModuleJSON",
        ]),
    Layer(
        "Models",
        uses: [
            "KernelBase", "KernelSystem", "KernelConfig", "KernelHTTP", "ModuleChat", "ModuleJSON",
        ], testUses: ["ModelTesting"]),
    Layer(
        "Local",
        uses: [
            "KernelBase", "KernelSystem", "KernelConfig", "KernelHTTP", "KernelModels",
            "ModuleChat", "ModuleJSON",
        ]),
    Layer(
        "Setup",
        uses: [
            "KernelBase", "KernelSystem", "KernelConfig", "KernelHTTP", "KernelModels",
            "KernelLocal", "ModuleChat", "ModuleJSON",
        ]),
    Layer(
        "Calls",
        uses: [
            "KernelBase", "KernelSystem", "KernelFlight", "KernelStore", "KernelHosting",
            "KernelWorkers", "KernelResidence", "KernelBuilds", "KernelGenerations", "KernelLoader",
            "KernelBrokers", "KernelModels", "ModuleChat", "ModuleJSON",
        ], testUses: ["KernelSandbox"]),
    Layer(
        "Tasks",
        uses: [
            "KernelBase", "KernelSystem", "KernelStore", "KernelHosting", "KernelBuilds",
            "KernelGenerations", "KernelLoader", "KernelCalls", "ModuleJSON",
        ], testUses: ["KernelWorkers", "KernelDatabase"]),
    Layer(
        "Development",
        uses: [
            "KernelBase", "KernelSystem", "KernelSandbox", "KernelHosting", "KernelWorkers",
            "KernelResidence", "KernelBuilds", "KernelGenerations", "KernelLoader", "ModuleChat",
            "ModuleJSON",
        ]),
    Layer(
        "Chats",
        uses: [
            "KernelBase", "KernelSystem", "KernelStore", "KernelWire", "KernelHTTP", "KernelModels",
            "ModuleChat", "ModuleJSON",
        ], testUses: ["ModelTesting", "KernelConfig"]),
    Layer(
        "Server",
        uses: [
            "KernelBase", "KernelSystem", "KernelSandbox", "KernelConfig", "KernelWire",
            "KernelHosting", "KernelWorkers", "KernelResidence", "KernelBuilds",
            "KernelGenerations", "KernelLoader", "KernelCalls", "KernelStore", "KernelTasks",
            "KernelModels", "KernelChats", "ModuleJSON",
        ]),
    Layer("Terminal", uses: ["KernelBase", "KernelSystem", "KernelWire", "ModuleJSON"]),
    Layer(
        "Client",
        uses: ["KernelBase", "KernelSystem", "KernelWire", "KernelTerminal", "ModuleJSON"],
        testUses: ["ClientTesting"]),
    Layer(
        "Commands",
        uses: [
            "KernelBase", "KernelSystem", "KernelWire", "KernelTerminal", "KernelClient",
            "ModuleJSON",
        ], testUses: ["ClientTesting"]),
    Layer(
        "Repl",
        uses: [
            "KernelBase", "KernelSystem", "KernelWire", "KernelTerminal", "KernelClient",
            "ModuleJSON",
        ], testUses: ["ClientTesting"]),
]

struct Layer {
    let name: String
    let uses: Uses
    let testUses: Uses
    let safety: Safety

    typealias Uses = [Target.Dependency]
    /// `strict`: every use of a pointer is marked `unsafe` in the source.
    enum Safety { case strict, ordinary }

    init(_ name: String, uses: Uses, testUses: Uses = [], safety: Safety = .ordinary) {
        (self.name, self.uses, self.testUses, self.safety) = (name, uses, testUses, safety)
    }
}

let house: [SwiftSetting] =
    [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
    + [
        "ExistentialAny", "MemberImportVisibility", "InternalImportsByDefault",
        "NonisolatedNonsendingByDefault", "InferIsolatedConformances",
    ].map { .enableUpcomingFeature($0) }
let strict: [SwiftSetting] = house + [.strictMemorySafety()]

/// A sanitizer's functions are in the program that opens a module, not in the module.
let isSanitized = Context.environment["KERNEL_SANITIZED"] != nil

/// What makes a library a module: one exported symbol, never unmapped (the Swift runtime keeps
/// pointers into every image that it has seen), and whole: what is missing is told by the linker.
let moduleLinking: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-Xlinker",
            "--version-script=\(Context.packageDirectory)/Sources/ModuleABI/Linkage/module.version",
            "-Xlinker", "-z", "-Xlinker", "nodelete", "-Xlinker", "-z", "-Xlinker", "now",
        ] + (isSanitized ? [] : ["-Xlinker", "-z", "-Xlinker", "defs"])),
    // In C, mathematics are a library of their own, which nobody thinks of.
    .linkedLibrary("m"),
]

let kernel: [Target] = layers.map { layer in
    .target(
        name: "Kernel\(layer.name)", dependencies: layer.uses, path: "Sources/Kernel/\(layer.name)",
        swiftSettings: layer.safety == .strict ? strict : house)
}

let kernelTests: [Target] = layers.map { layer in
    .testTarget(
        name: "\(layer.name)Tests",
        dependencies: [.byName(name: "Kernel\(layer.name)"), "KernelTesting"]
            + layer.uses + layer.testUses, path: "Tests/\(layer.name)", swiftSettings: house)
}

let executables: [Target] = [
    .executableTarget(
        name: "KernelMain",
        dependencies: layers.map { .byName(name: "Kernel\($0.name)") } + ["ModuleJSON"],
        path: "Sources/Kernel/Main", swiftSettings: house),
    .executableTarget(
        name: "KernelZygote",
        dependencies: [
            "KernelBase", "KernelSystem", "KernelSandbox", "KernelHosting", "KernelWorkers",
        ],
        path: "Sources/Kernel/Zygote", swiftSettings: strict),
    .executableTarget(
        name: "ParentProgram", dependencies: ["KernelSystem", "KernelParent"],
        path: "Sources/Kernel/ParentProgram", swiftSettings: strict),
    .executableTarget(
        name: "KernelRecorder",
        dependencies: [
            "OpenAILogic", "OllamaLogic", "AnthropicLogic", "GeminiLogic", "ProviderTesting",
            "KernelTesting", "KernelHTTP", "KernelSystem", "ModuleProviderKit", "ModuleChat",
        ],
        path: "dev/recorder", swiftSettings: house),
    .executableTarget(
        name: "KernelBenchmarks",
        dependencies: [
            "KernelBase", "KernelSystem", "KernelStore", "KernelTasks", "KernelHosting",
            "KernelWorkers", "KernelResidence", "KernelBuilds", "KernelGenerations", "KernelLoader",
            "KernelCalls", "KernelHTTP", "KernelModels", "KernelTesting", "ModuleChat",
            "KernelHistory", "ModuleJSON", "CInotify",
        ],
        path: "dev/benchmarks", exclude: ["modules", "peers"], swiftSettings: strict),
]

let contract: [Target] = [
    .target(name: "CModuleABI", path: "Sources/ModuleABI/C", publicHeadersPath: "include"),
    // Rounding a Double calls libm, which nothing else brings in where Foundation is not linked.
    .target(
        name: "ModuleJSON", path: "Sources/ModuleABI/JSON", swiftSettings: house,
        linkerSettings: [.linkedLibrary("m")]),
    .target(
        name: "ModuleChat", dependencies: ["ModuleJSON"], path: "Sources/ModuleABI/Chat",
        swiftSettings: house),
    .target(
        name: "ModuleKit", dependencies: ["CModuleABI", "ModuleJSON"],
        path: "Sources/ModuleABI/Swift", swiftSettings: strict),
    // What only providers of models need: the others are smaller without it.
    .target(
        name: "ModuleProviderKit", dependencies: ["ModuleKit", "ModuleChat", "ModuleJSON"],
        path: "Sources/ModuleABI/Provider", swiftSettings: house),
    .target(
        name: "ModuleLinkage", path: "Sources/ModuleABI/Linkage", exclude: ["module.version"],
        linkerSettings: moduleLinking),
    .target(
        name: "ModuleKitTesting",
        dependencies: ["ModuleKit", "ModuleChat", "CModuleABI", "ModuleJSON"],
        path: "Sources/ModuleABI/Testing", swiftSettings: strict),
]

let libraries: [Target] = [
    .target(
        name: "CInotify", path: "Sources/CInotify",
        linkerSettings: [.linkedLibrary("inotifytools"), .linkedLibrary("dispatch")]),
    .systemLibrary(
        name: "CSQLite", path: "Sources/Kernel/CSQLite", pkgConfig: "sqlite3",
        providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "CToml", path: "Sources/Kernel/CToml"),
    .target(name: "CHTTP", path: "Sources/Kernel/CHTTP"),
    .target(name: "CCrash", path: "Sources/Kernel/CCrash"),
    // libseccomp is mapped on first use: only the zygote needs it.
    .target(name: "CSandbox", path: "Sources/Kernel/CSandbox"),
    .target(name: "CFilesystem", path: "Sources/Modules/Filesystem/C"),
]

/// Its logic, which tests link, and an entry: two of those cannot be linked into one test binary.
func bundledModule(
    _ name: String, uses: [Target.Dependency] = [], testUses: [Target.Dependency] = [],
    testExcludes: [String] = []
) -> [Target] {
    [
        .target(
            name: "\(name)Logic", dependencies: ["ModuleKit"] + uses,
            path: "Sources/Modules/\(name)/Logic", swiftSettings: house),
        .target(
            name: "\(name)Entry",
            dependencies: ["ModuleKit", "ModuleLinkage", .byName(name: "\(name)Logic")],
            path: "Sources/Modules/\(name)/Entry", swiftSettings: house),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.byName(name: "\(name)Logic"), "ModuleKit", "ModuleKitTesting"]
                + testUses,
            path: "Tests/\(name)", exclude: testExcludes, swiftSettings: house),
    ]
}

/// What SystemControl and Apps share: D-Bus, the environment, small files; and what their tests do.
let desktop: [Target] = [
    .target(name: "CDesktop", path: "Sources/Modules/CDesktop"),
    .target(
        name: "Desktop", dependencies: ["CDesktop", "ModuleKit"], path: "Sources/Modules/Desktop",
        swiftSettings: house),
    .testTarget(
        name: "DesktopTests", dependencies: ["Desktop", "DesktopTesting"], path: "Tests/Desktop",
        swiftSettings: house),
    .target(
        name: "DesktopTesting", dependencies: ["Desktop"], path: "Tests/DesktopSupport",
        swiftSettings: house),
]

/// What the bundled providers of models share, and what their tests do.
let providers: [Target] = [
    .target(
        name: "ProviderSupport", dependencies: ["ModuleProviderKit", "ModuleChat", "ModuleJSON"],
        path: "Sources/Modules/Providers", swiftSettings: house),
    .testTarget(
        name: "ProviderSupportTests",
        dependencies: [
            "ProviderSupport", "ProviderTesting", "ModuleProviderKit", "ModuleChat", "ModuleJSON",
        ],
        path: "Tests/Providers", swiftSettings: house),
    .target(
        name: "ProviderTesting",
        dependencies: [
            "ModuleProviderKit", "ModuleKit", "ModuleChat", "ModuleJSON", "KernelHTTP",
            "KernelModels", "KernelSystem",
        ],
        path: "Tests/ProviderSupport", swiftSettings: house),
    // Providers, and the layers that ask them, against servers that are not of this house.
    .testTarget(
        name: "PeersTests",
        dependencies: [
            "OpenAILogic", "AnthropicLogic", "GeminiLogic", "ProviderTesting", "KernelTesting",
            "KernelLocal", "KernelModels", "KernelHTTP", "KernelSystem", "ModuleProviderKit",
            "ModuleChat", "ModuleJSON",
        ],
        path: "Tests/Peers", swiftSettings: house),
    // Chats that go from one provider to another.
    .testTarget(
        name: "ProviderMeetingTests",
        dependencies: [
            "OpenAILogic", "OllamaLogic", "AnthropicLogic", "GeminiLogic", "ProviderTesting",
            "ModuleProviderKit", "ModuleChat", "ModuleJSON",
        ],
        path: "Tests/ProviderMeeting", swiftSettings: house),
]

let tests: [Target] = [
    .target(
        name: "KernelTesting", dependencies: ["KernelBase", "KernelSystem", "ModuleJSON"],
        path: "Tests/Support", swiftSettings: house),
    .target(
        name: "ClientTesting",
        dependencies: ["KernelClient", "KernelSystem", "KernelWire", "ModuleJSON"],
        path: "Tests/ClientSupport", swiftSettings: house),
    // Providers and servers of models, scripted.
    .target(
        name: "ModelTesting",
        dependencies: ["KernelModels", "KernelSystem", "ModuleChat", "ModuleJSON"],
        path: "Tests/ModelSupport", swiftSettings: house),
    .executableTarget(
        name: "KernelStoreWriter",
        dependencies: ["KernelBase", "KernelStore", "KernelHistory", "KernelSystem", "ModuleChat"],
        path: "Tests/StoreWriter", swiftSettings: house),
    .testTarget(
        name: "ABITests", dependencies: ["CModuleABI", "KernelTesting"], path: "Tests/ABI",
        swiftSettings: house),
    .testTarget(
        name: "ModuleKitTests",
        dependencies: [
            "ModuleKit", "ModuleProviderKit", "ModuleKitTesting", "ModuleChat", "ModuleJSON",
            "CModuleABI", "KernelTesting", "KernelSystem",
        ],
        path: "Tests/ModuleKit", swiftSettings: house),
    .testTarget(
        name: "ModuleChatTests", dependencies: ["ModuleChat", "ModuleJSON"],
        path: "Tests/ModuleChat", swiftSettings: house),
    .testTarget(name: "TidyTests", path: "Tests/Tidy", swiftSettings: house),
    .testTarget(
        name: "MainTests",
        dependencies: [
            "KernelTesting", "KernelMain", "KernelZygote", "ParentProgram", "KernelSystem",
            "ModuleJSON",
        ],
        path: "Tests/Main", swiftSettings: house),
]

let package = Package(
    name: "kernel",
    products: [
        .executable(name: "kernel", targets: ["KernelMain"]),
        .executable(name: "kernel-zygote", targets: ["KernelZygote"]),
        .executable(name: "kernel-parent", targets: ["ParentProgram"]),
        .executable(name: "kernel-bench", targets: ["KernelBenchmarks"]),
        .executable(name: "kernel-record", targets: ["KernelRecorder"]),
        .library(name: "ModuleKit", targets: ["ModuleKit", "ModuleLinkage"]),
        .library(
            name: "ModuleProviderKit",
            targets: ["ModuleProviderKit", "ModuleChat", "ModuleLinkage"]),
        .library(name: "ModuleABI", targets: ["CModuleABI", "ModuleLinkage"]),
        .library(name: "ModuleKitTesting", targets: ["ModuleKitTesting"]),
    ]
        + ["Filesystem", "SystemControl", "Apps", "OpenAI", "Ollama", "Anthropic", "Gemini"].map {
            .library(name: $0, type: .dynamic, targets: ["\($0)Entry"])
        },
    targets: contract + libraries + kernel + executables
        + bundledModule(
            "Filesystem", uses: ["CFilesystem", "ModuleJSON"],
            testUses: ["CFilesystem", "ModuleJSON"])
        + ["SystemControl", "Apps"].flatMap {
            bundledModule(
                $0, uses: ["Desktop", "CDesktop", "ModuleJSON"],
                testUses: ["Desktop", "DesktopTesting", "ModuleJSON"])
        }
        + desktop
        + ["OpenAI", "Ollama", "Anthropic", "Gemini"].flatMap {
            bundledModule(
                $0, uses: ["ProviderSupport", "ModuleProviderKit", "ModuleChat", "ModuleJSON"],
                testUses: ["ProviderTesting", "KernelSystem"], testExcludes: ["Recordings"])
        }
        + providers + kernelTests + tests,
    cxxLanguageStandard: .cxx17
)
