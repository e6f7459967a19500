import Desktop
import DesktopTesting
import KernelConfig
import Testing

@testable import KernelSetup

/// The keyring of the desktop GNOME, on a bus and in a home of its own.
@Suite(.enabled(if: RealKeyring.isPossible, "dbus-daemon or gnome-keyring is not installed"))
struct KeyringTests {
    private let real = RealKeyring()
    private var keyring: Keyring { Keyring(environment: real.environment) }

    @Test func `what is kept comes back, and what is kept in its place after it`() throws {
        #expect(try keyring.secret("openai") == nil)
        try keyring.keep("sk-first ünï", under: "openai")
        try keyring.keep("sk-other", under: "deepseek")
        #expect(try keyring.secret("openai") == "sk-first ünï")
        try keyring.keep("sk-second", under: "openai")
        #expect(try keyring.secret("openai") == "sk-second")
        #expect(try keyring.secret("deepseek") == "sk-other")
    }

    @Test func `the configuration refers to what is kept`() throws {
        try keyring.keep("sk-one\n", under: "openai")
        let source = ConfigurationSource(
            file: "/home/ann/kernel.toml", home: "/home/ann", environment: [:])
        let text = "[providers.openai]\nkeys = [\"keyring:openai\", \"keyring:none\"]"
        let found = try source.read(Array(text.utf8))
            .keys(ofProvider: "openai", secrets: .desktop(environment: real.environment))
        #expect(found.values == ["sk-one"])
        #expect(found.problems.count == 1 && found.problems[0].contains("under the name none"))
    }

    @Test func `a keyring that is locked is told as such`() throws {
        try keyring.keep("sk-one", under: "openai")
        try real.lock()
        for body in [
            { _ = try keyring.secret("openai") }, { try keyring.keep("x", under: "openai") },
        ] {
            let error = #expect(throws: Keyring.Failure.self) { try body() }
            #expect(error?.description.contains("is locked") == true)
        }
    }
}

/// Where there is none.
struct NoKeyringTests {
    @Test func `a session without a bus has no keyring`() throws {
        let error = #expect(throws: Keyring.Failure.self) {
            try Keyring(environment: [:]).secret("openai")
        }
        #expect(error?.description.contains("no bus") == true)
    }

    @Test(.enabled(if: installed("/usr/bin/dbus-daemon"), "dbus-daemon is not installed"))
    func `a bus without a keyring is told as such`() throws {
        let bus = PrivateBus()
        let error = #expect(throws: Keyring.Failure.self) {
            try Keyring(environment: ["DBUS_SESSION_BUS_ADDRESS": bus.address]).secret("openai")
        }
        #expect(error?.description == "no desktop keyring runs in this session")
    }
}

/// gnome-keyring-daemon, unlocked with a password that nobody needs.
final class RealKeyring: Sendable {
    static let isPossible = installed("/usr/bin/dbus-daemon", program)

    private static let program = "/usr/bin/gnome-keyring-daemon"

    /// Where it is found.
    let environment: [String: String]
    private let bus: PrivateBus
    private let folder = TemporaryFolder()
    private let daemon: ChildProcess

    init() {
        bus = PrivateBus()
        environment = ["DBUS_SESSION_BUS_ADDRESS": bus.address]
        let password = folder.write("password", to: "password")
        let command = "exec \(Self.program) --foreground --components=secrets --unlock <\(password)"
        daemon = ChildProcess(
            ["/bin/sh", "-c", command],
            environment: environment.merging(["HOME": folder.path, "XDG_RUNTIME_DIR": folder.path])
            {
                one, _ in one
            })
        let isUp = eventually { (try? collection()) ?? "/" != "/" }
        precondition(isUp, "the keyring did not come up")
    }

    private static let secrets = Bus.Target(
        "org.freedesktop.secrets", "/org/freedesktop/secrets", "org.freedesktop.Secret.Service")

    private func collection() throws -> String {
        let answer = try Bus(.session, address: bus.address)
            .call(Self.secrets, "ReadAlias", [.string("default")])
        return answer.first?.text ?? "/"
    }

    func lock() throws {
        let collection = try collection()
        _ = try Bus(.session, address: bus.address)
            .call(Self.secrets, "Lock", [.array("o", [.path(collection)])])
    }
}
