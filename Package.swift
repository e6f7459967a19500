// swift-tools-version: 6.3
import Glibc
import PackageDescription

/// The kernel, bottom to top. A layer may import only what its row names: this table is the
/// architecture. `X` is `Sources/Kernel/X`, the module `KernelX`, tested in `Tests/X`.
/// `Tests/Tidy` reads this table and compares it with the imports of every file.
let layers: [Layer] = [
    Layer("Base", uses: "ModuleJSON"),
    Layer("System", uses: "Base CInotify", safety: .strict),
    Layer("Database", uses: "Base System CSQLite", safety: .strict),
    Layer("Store", uses: "Base System Database"),
    Layer("History", uses: "Base Database Store ModuleChat ModuleJSON", testUses: "System"),
    Layer("Archives", uses: "Base Store History ModuleChat ModuleJSON"),
    Layer(
        "Sandbox",
        uses: "Base System ModuleJSON CSandbox", testUses: "Hosting Workers", safety: .strict),
    Layer("Flight", uses: "Base System CCrash", safety: .strict),
    Layer("Config", uses: "Base System ModuleJSON CToml"),
    Layer("Wire", uses: "Base ModuleJSON"),
    Layer("HTTP", uses: "Base System CHTTP", safety: .strict),
    Layer("Bus", uses: "Base System ModuleJSON CBus", safety: .strict),
    Layer("Hosting", uses: "Base System Flight ModuleJSON CModuleABI", safety: .strict),
    Layer("Parent", uses: "Base System Flight ModuleJSON", testUses: "CCrash", safety: .strict),
    Layer("Workers", uses: "Base System Sandbox Hosting", safety: .strict),
    Layer("Residence", uses: "Base System Store Hosting Workers"),
    Layer(
        "Brokers",
        uses: "Base System Sandbox HTTP Bus Hosting Workers ModuleJSON",
        testUses: "DesktopTesting"),
    Layer("Builds", uses: "Base System ModuleJSON"),
    Layer(
        "Generations",
        uses: "ModuleChat ModuleJSON Base System Flight Store Sandbox Hosting Workers "
            + "Residence Builds"),
    Layer(
        "Loader",
        uses: "Base System Store Sandbox Hosting Workers Residence Builds Generations "
            + "ModuleChat ModuleJSON"),
    Layer("Fitting", uses: "ModuleChat ModuleJSON"),
    Layer("Turns", uses: "ModuleChat ModuleJSON"),
    Layer("Approvals", uses: "Base ModuleJSON"),
    Layer("Prompts", uses: ""),
    Layer(
        "Models",
        uses: "Base System Config HTTP Fitting ModuleChat ModuleJSON", testUses: "ModelTesting"),
    Layer("Local", uses: "Base System Config HTTP Models ModuleChat ModuleJSON"),
    Layer(
        "Setup",
        uses: "Base System Config HTTP Models Local ModuleChat ModuleJSON Desktop",
        testUses: "DesktopTesting"),
    Layer(
        "Calls",
        uses: "Base System Flight Store Hosting Workers Residence Builds Generations Loader "
            + "Brokers Models ModuleChat ModuleJSON", testUses: "Sandbox Bus DesktopTesting"),
    Layer(
        "Tasks",
        uses: "Base System Store Hosting Builds Generations Loader Calls ModuleJSON",
        testUses: "Workers Database"),
    Layer(
        "Development",
        uses: "Base System Sandbox Hosting Workers Residence Builds Generations Loader "
            + "ModuleChat ModuleJSON"),
    Layer(
        "Chats",
        uses: "Base System Store Wire HTTP Fitting Models ModuleChat ModuleJSON",
        testUses: "ModelTesting Config"),
    Layer(
        "Server",
        uses: "Base System Sandbox Config Wire Hosting Workers Residence Builds Generations "
            + "Loader Calls Store Tasks Models Chats ModuleJSON"),
    Layer("Terminal", uses: "Base System Wire ModuleJSON"),
    Layer(
        "Markdown", uses: "Terminal CMarkdown ModuleJSON", testUses: "System", safety: .strict),
    Layer(
        "Client", uses: "Base System Wire Terminal Markdown ModuleJSON", testUses: "ClientTesting"),
    Layer(
        "Commands", uses: "Base System Wire Terminal Client ModuleJSON", testUses: "ClientTesting"),
    Layer(
        "Repl", uses: "Base System Wire Terminal Markdown Client ModuleJSON",
        testUses: "ClientTesting"),
]

struct Layer {
    let name: String
    let uses: [String]
    let testUses: [String]
    let safety: Safety

    /// `strict`: every use of a pointer is marked `unsafe` in the source.
    enum Safety { case strict, ordinary }

    init(_ name: String, uses: String, testUses: String = "", safety: Safety = .ordinary) {
        self.name = name
        self.uses = uses.split(separator: " ").map(String.init)
        self.testUses = testUses.split(separator: " ").map(String.init)
        self.safety = safety
    }

    var settings: [SwiftSetting] {
        (safety == .strict ? strict : lean) + (busy.contains(name) ? [] : small)
    }
}

/// Of a layer, its module; of anything else, what is named.
func used(_ name: String) -> Target.Dependency {
    .byName(name: layers.contains { $0.name == name } ? "Kernel\(name)" : name)
}

/// The layers that a call, a token or a row passes through. The others are built to be small, which
/// takes 0.6 MiB from the kernel at rest.
let busy: Set = [
    "Base", "System", "Database", "Store", "History", "Flight", "HTTP", "Hosting", "Workers",
    "Residence", "Brokers", "Generations", "Models", "Calls", "Tasks", "Chats",
]
let small: [SwiftSetting] = [.unsafeFlags(["-Osize"], .when(configuration: .release))]
let house: [SwiftSetting] =
    [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
    + [
        "ExistentialAny", "MemberImportVisibility", "InternalImportsByDefault",
        "NonisolatedNonsendingByDefault", "InferIsolatedConformances",
    ].map { .enableUpcomingFeature($0) }
/// Without regular expressions: two libraries in each process, for what `TextSearch` does.
let lean: [SwiftSetting] =
    house + [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]
let strict: [SwiftSetting] = lean + [.strictMemorySafety()]
/// For what is linked into modules: 128 bytes less for each conformance, used or not.
let slim = SwiftSetting.unsafeFlags(["-Xfrontend", "-disable-preallocated-instantiation-caches"])

/// Where a kernel is installed, only what modules are built with is there.
let isWhole = ["Sources/Kernel", "Tests", "dev"].allSatisfy {
    access("\(Context.packageDirectory)/\($0)", F_OK) == 0
}

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
        name: "Kernel\(layer.name)", dependencies: layer.uses.map(used),
        path: "Sources/Kernel/\(layer.name)", swiftSettings: layer.settings)
}

let kernelTests: [Target] = layers.map { layer in
    .testTarget(
        name: "\(layer.name)Tests",
        dependencies: ["KernelTesting"] + ([layer.name] + layer.uses + layer.testUses).map(used),
        path: "Tests/\(layer.name)")
}

let executables: [Target] = [
    .executableTarget(
        name: "KernelMain", dependencies: layers.map { used($0.name) } + ["ModuleJSON"],
        path: "Sources/Kernel/Main"),
    .executableTarget(
        name: "KernelZygote", dependencies: ["KernelSystem", "KernelSandbox", "KernelWorkers"],
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
        path: "dev/recorder"),
    .executableTarget(
        name: "KernelBenchmarks",
        dependencies: layers.map { used($0.name) }
            + ["KernelTesting", "ModuleChat", "ModuleJSON", "CInotify"],
        path: "dev/benchmarks", exclude: ["modules", "peers"], swiftSettings: strict),
]

let contract: [Target] = [
    .target(name: "CModuleABI", path: "Sources/ModuleABI/C", publicHeadersPath: "include"),
    // Rounding a Double calls libm, which nothing else brings in where Foundation is not linked.
    .target(
        name: "ModuleJSON", path: "Sources/ModuleABI/JSON", linkerSettings: [.linkedLibrary("m")]),
    .target(name: "ModuleChat", dependencies: ["ModuleJSON"], path: "Sources/ModuleABI/Chat"),
    .target(
        name: "ModuleKit", dependencies: ["CModuleABI", "ModuleJSON"],
        path: "Sources/ModuleABI/Swift", swiftSettings: strict),
    // What only providers of models need: the others are smaller without it.
    .target(
        name: "ModuleProviderKit", dependencies: ["ModuleKit", "ModuleChat", "ModuleJSON"],
        path: "Sources/ModuleABI/Provider"),
    .target(
        name: "ModuleLinkage", path: "Sources/ModuleABI/Linkage", exclude: ["module.version"],
        linkerSettings: moduleLinking),
    .target(
        name: "ModuleKitTesting",
        dependencies: ["ModuleKit", "ModuleChat", "CModuleABI", "ModuleJSON"],
        path: "Sources/ModuleABI/Testing", swiftSettings: strict),
]

let libraries: [Target] =
    [
        .target(
            name: "CInotify", path: "Sources/CInotify",
            linkerSettings: [.linkedLibrary("inotifytools"), .linkedLibrary("dispatch")]),
        .systemLibrary(
            name: "CSQLite", path: "Sources/Kernel/CSQLite", pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "CFilesystem", path: "Sources/Modules/Filesystem/C"),
    ]
    // libcurl, libsystemd, cmark-gfm and libseccomp are mapped on first use.
    + ["CToml", "CHTTP", "CBus", "CMarkdown", "CCrash", "CSandbox"].map {
        .target(name: $0, path: "Sources/Kernel/\($0)")
    }

/// A bundled module is two targets: its logic, which tests link, and an entry that holds only the
/// exported symbol, since two entries cannot be linked into one test binary.
func bundledModule(
    _ name: String, uses: [Target.Dependency] = [], testUses: [Target.Dependency] = [],
    testExcludes: [String] = []
) -> [Target] {
    [
        .target(
            name: "\(name)Logic", dependencies: ["ModuleKit"] + uses,
            path: "Sources/Modules/\(name)/Logic"),
        .target(
            name: "\(name)Entry",
            dependencies: ["ModuleKit", "ModuleLinkage", .byName(name: "\(name)Logic")],
            path: "Sources/Modules/\(name)/Entry"),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.byName(name: "\(name)Logic"), "ModuleKit", "ModuleKitTesting"]
                + testUses,
            path: "Tests/\(name)", exclude: testExcludes),
    ]
}

/// What SystemControl and Apps share: D-Bus, the environment, small files; and what their tests do.
let desktop: [Target] = [
    .target(name: "CDesktop", path: "Sources/Modules/CDesktop"),
    .target(name: "Desktop", dependencies: ["CDesktop"], path: "Sources/Modules/Desktop"),
    .target(
        name: "DesktopFailures", dependencies: ["Desktop", "ModuleKit"],
        path: "Sources/Modules/DesktopFailures"),
    .testTarget(
        name: "DesktopTests", dependencies: ["Desktop", "DesktopTesting"], path: "Tests/Desktop"),
    .target(name: "DesktopTesting", dependencies: ["Desktop"], path: "Tests/DesktopSupport"),
]

/// What the bundled providers of models share, and what their tests do.
let providers: [Target] = [
    .target(
        name: "ProviderSupport", dependencies: ["ModuleProviderKit", "ModuleChat", "ModuleJSON"],
        path: "Sources/Modules/Providers"),
    .testTarget(
        name: "ProviderSupportTests",
        dependencies: [
            "ProviderSupport", "ProviderTesting", "ModuleProviderKit", "ModuleChat", "ModuleJSON",
        ],
        path: "Tests/Providers"),
    .target(
        name: "ProviderTesting",
        dependencies: [
            "ModuleProviderKit", "ModuleKit", "ModuleChat", "ModuleJSON", "KernelHTTP",
            "KernelModels", "KernelSystem",
        ],
        path: "Tests/ProviderSupport"),
    // Providers, and the layers that ask them, against servers that are not of this house.
    .testTarget(
        name: "PeersTests",
        dependencies: [
            "OpenAILogic", "AnthropicLogic", "GeminiLogic", "ProviderTesting", "KernelTesting",
            "KernelLocal", "KernelModels", "KernelHTTP", "KernelSystem", "ModuleProviderKit",
            "ModuleChat", "ModuleJSON",
        ],
        path: "Tests/Peers"),
    // Chats that go from one provider to another.
    .testTarget(
        name: "ProviderMeetingTests",
        dependencies: [
            "OpenAILogic", "OllamaLogic", "AnthropicLogic", "GeminiLogic", "ProviderTesting",
            "ModuleProviderKit", "ModuleChat", "ModuleJSON",
        ],
        path: "Tests/ProviderMeeting"),
]

let tests: [Target] = [
    .target(
        name: "KernelTesting", dependencies: ["KernelBase", "KernelSystem", "ModuleJSON"],
        path: "Tests/Support"),
    .target(
        name: "ClientTesting",
        dependencies: ["KernelClient", "KernelSystem", "KernelWire", "ModuleJSON"],
        path: "Tests/ClientSupport"),
    // Providers and servers of models, scripted.
    .target(
        name: "ModelTesting",
        dependencies: ["KernelModels", "KernelSystem", "ModuleChat", "ModuleJSON"],
        path: "Tests/ModelSupport"),
    .executableTarget(
        name: "KernelStoreWriter",
        dependencies: ["KernelBase", "KernelStore", "KernelHistory", "KernelSystem", "ModuleChat"],
        path: "Tests/StoreWriter"),
    .testTarget(
        name: "ABITests", dependencies: ["CModuleABI", "KernelTesting"], path: "Tests/ABI"),
    .testTarget(
        name: "ModuleKitTests",
        dependencies: [
            "ModuleKit", "ModuleProviderKit", "ModuleKitTesting", "ModuleChat", "ModuleJSON",
            "CModuleABI", "KernelTesting", "KernelSystem",
        ],
        path: "Tests/ModuleKit"),
    .testTarget(
        name: "ModuleChatTests", dependencies: ["ModuleChat", "ModuleJSON"],
        path: "Tests/ModuleChat"),
    .testTarget(name: "TidyTests", path: "Tests/Tidy"),
    .testTarget(
        name: "MainTests",
        dependencies: [
            "KernelTesting", "KernelMain", "KernelZygote", "ParentProgram", "KernelSystem",
            "ModuleJSON",
        ],
        path: "Tests/Main"),
]

let modules: [Target] =
    bundledModule(
        "Filesystem", uses: ["CFilesystem", "ModuleJSON"], testUses: ["CFilesystem", "ModuleJSON"])
    + ["SystemControl", "Apps"].flatMap {
        bundledModule(
            $0, uses: ["Desktop", "DesktopFailures", "CDesktop", "ModuleJSON"],
            testUses: ["Desktop", "DesktopTesting", "ModuleJSON"])
    }
    + desktop + providers
    + ["OpenAI", "Ollama", "Anthropic", "Gemini"].flatMap {
        bundledModule(
            $0, uses: ["ProviderSupport", "ModuleProviderKit", "ModuleChat", "ModuleJSON"],
            testUses: ["ProviderTesting", "KernelSystem"], testExcludes: ["Recordings"])
    }

let programs: [Product] =
    [
        .executable(name: "kernel", targets: ["KernelMain"]),
        .executable(name: "kernel-zygote", targets: ["KernelZygote"]),
        .executable(name: "kernel-parent", targets: ["ParentProgram"]),
        .executable(name: "kernel-bench", targets: ["KernelBenchmarks"]),
        .executable(name: "kernel-record", targets: ["KernelRecorder"]),
    ]
    + ["Filesystem", "SystemControl", "Apps", "OpenAI", "Ollama", "Anthropic", "Gemini"].map {
        .library(name: $0, type: .dynamic, targets: ["\($0)Entry"])
    }

let package = Package(
    name: "kernel",
    products: [
        .library(name: "ModuleKit", targets: ["ModuleKit", "ModuleLinkage"]),
        .library(
            name: "ModuleProviderKit",
            targets: ["ModuleProviderKit", "ModuleChat", "ModuleLinkage"]),
        .library(name: "ModuleABI", targets: ["CModuleABI", "ModuleLinkage"]),
        .library(name: "ModuleKitTesting", targets: ["ModuleKitTesting"]),
    ]
        + (isWhole ? programs : []),
    targets: contract
        + (isWhole ? libraries + kernel + executables + modules + kernelTests + tests : []),
    cxxLanguageStandard: .cxx17
)

// What names no settings of its own.
for target in package.targets where target.type != .system && target.swiftSettings == nil {
    target.swiftSettings = target.path?.hasPrefix("Sources") == true ? lean : house
}
for target in package.targets where target.path?.hasPrefix("Sources/Module") == true {
    target.swiftSettings?.append(slim)
}
