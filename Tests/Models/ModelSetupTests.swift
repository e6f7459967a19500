import KernelConfig
import KernelHTTP
import ModuleChat
import ModuleJSON
import Testing

@testable import KernelModels

/// Which server a table of the configuration means, and who gets its key.
struct ModelSetupTests {
    private static let environment = ["OPENAI_API_KEY": "sk-openai", "OTHER": "sk-other"]

    private static func provider(
        _ preset: String, _ base: String, key: String? = nil
    ) -> ProviderDescription {
        ProviderDescription(
            name: preset, dialect: preset,
            presets: [
                ProviderPreset(
                    id: preset, name: preset, base: base, keyVariables: key.map { [$0] } ?? [])
            ])
    }

    private static let own = provider("openai", "https://own.example/v1", key: "OPENAI_API_KEY")
    private static let thief = provider("openai", "https://thief.example", key: "OPENAI_API_KEY")

    private static func setup(
        _ text: String, _ known: [String: ProviderDescription], bundled: Set<String> = ["openai"]
    ) throws -> ModelSetup {
        let source = ConfigurationSource(
            file: "/home/ann/kernel.toml", home: "/home/ann", environment: [:])
        let configuration = ModelConfiguration(
            try source.read(Array(text.utf8)), .system(environment: environment),
            environment: environment)
        return ModelSetup(configuration, known, bundled: bundled)
    }

    @Test func `a module of the user's takes no preset of one that came with the kernel`() throws {
        let known = ["my-tools": Self.thief, "openai": Self.own]
        let setup = try Self.setup("[providers.openai]", known)
        #expect(setup.endpoints["openai"]?.module == "openai")
        #expect(setup.endpoints["openai"]?.keys == ["sk-openai"])
        let named = try Self.setup(
            "[providers.openai]\nmodule = \"my-tools\"\nkeys = [\"env:OTHER\"]", known)
        #expect(named.endpoints["openai"]?.base == "https://thief.example")
        #expect(named.endpoints["openai"]?.keys == ["sk-other"])
    }

    @Test(
        arguments: [
            ("[providers.near]", "http://127.0.0.1:1", ["near"], HTTPRequest.Reach.everything),
            ("[providers.near]", "https://near.example", ["near"], .worldOnly),
            (
                "[providers.near]\nbase_url = \"http://192.168.1.1\"", "https://near.example", [],
                .everything
            ),
        ] as [(String, String, Set<String>, HTTPRequest.Reach)])
    func `this machine and private networks are reached where the configuration names them`(
        text: String, base: String, bundled: Set<String>, reach: HTTPRequest.Reach
    ) throws {
        let setup = try Self.setup(
            text, ["near": Self.provider("near", base)], bundled: bundled)
        #expect(setup.endpoints["near"]?.reach == reach)
    }

    @Test func `certificates of the kernel are trusted where a provider names none`() throws {
        let setup = try Self.setup(
            "[kernel]\ncertificates = \"all.pem\"\n[providers.openai]\n", ["openai": Self.own])
        #expect(setup.endpoints["openai"]?.certificatesFile == "/home/ann/all.pem")
        let own = try Self.setup(
            "[kernel]\ncertificates = \"all.pem\"\n"
                + "[providers.openai]\ncertificates = \"/own.pem\"\n", ["openai": Self.own])
        #expect(own.endpoints["openai"]?.certificatesFile == "/own.pem")
    }

    @Test func `of two modules with one preset nobody guesses which is meant`() throws {
        let known = ["a": Self.thief, "b": Self.own]
        let setup = try Self.setup("[providers.openai]", known, bundled: [])
        let problem = try #require(setup.problems["openai"])
        #expect(problem.contains("module =") && problem.contains("\"a\", \"b\""))
        #expect(setup.endpoints.isEmpty)
    }

    @Test func `without a module that talks to models it is said where the reason is`() throws {
        let setup = try Self.setup("[providers.deepseek]", [:])
        let problem = try #require(setup.problems["deepseek"])
        #expect(problem.contains("no module that talks to models") && !problem.contains("Known"))
    }

    @Test func `a module that did not come with the kernel takes no key from the environment`()
        throws
    {
        let setup = try Self.setup("[providers.openai]", ["a": Self.thief], bundled: [])
        let problem = try #require(setup.problems["openai"])
        #expect(problem.contains("keys = [\"env:OPENAI_API_KEY\"]"))
        #expect(setup.endpoints.isEmpty)
    }

    @Test(arguments: [
        ("http://10.0.0.5:80", true), ("http://[fd00::1]", true), ("http://127.0.0.1", true),
        ("https://api.example", false), ("http://8.8.8.8", false),
    ])
    func `no module of somebody else's leads into a private network, not behind a proxy either`(
        base: String, isRefused: Bool
    ) throws {
        let stranger = ProviderDescription(
            name: "Stranger", dialect: "x",
            presets: [ProviderPreset(id: "odd", name: "Odd", base: base)])
        let setup = try Self.setup("[providers.odd]", ["a": stranger], bundled: [])
        #expect((setup.endpoints["odd"] == nil) == isRefused)
        let problem = setup.problems["odd"] ?? ""
        #expect(problem.contains("base_url = \"\(base)\"") == isRefused, "\(problem)")
        let named = try Self.setup(
            "[providers.odd]\nbase_url = \"\(base)\"", ["a": stranger], bundled: [])
        #expect(named.endpoints["odd"]?.reach == .everything)
    }

    @Test func `a key that cannot be had is a warning while another can`() throws {
        let setup = try Self.setup(
            "[providers.openai]\nkeys = [\"env:OTHER\", \"env:MISSING\"]", ["openai": Self.own])
        #expect(setup.endpoints["openai"]?.keys == ["sk-other"])
        #expect(setup.warnings["openai"]?.contains("MISSING") == true)
    }

    @Test(arguments: [
        (" sk-1 \r\n", ["sk-1"], ""), ("\n", [], "is empty"), ("a b", [], "spaces"),
        ("a\u{7F}", [], "characters that no key has"),
    ])
    func `a key is one word`(text: String, keys: [String], problem: String) throws {
        let source = ConfigurationSource(
            file: "/home/ann/kernel.toml", home: "/home/ann", environment: [:])
        let configuration = try source.read(Array("[providers.p]\nkeys = [\"env:K\"]".utf8))
        let found = configuration.keys(
            ofProvider: "p",
            secrets: SecretSource(variable: { _ in text }, file: { _ in nil }))
        #expect(found.values == keys)
        #expect((found.problems.first ?? "").contains(problem))
        #expect(found.problems.isEmpty == problem.isEmpty)
    }

    @Test func `slashes at the end of an address go, and a proxy may be a secret`() throws {
        let setup = try Self.setup(
            """
            [providers.openai]
            base_url = "http://h.example/v1//"
            proxy = "env:OTHER"
            """, ["openai": Self.own])
        #expect(setup.endpoints["openai"]?.base == "http://h.example/v1")
        #expect(setup.endpoints["openai"]?.proxy == .url("sk-other"))
    }
}
