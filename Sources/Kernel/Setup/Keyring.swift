import Desktop
package import KernelConfig
import KernelSystem

/// The desktop keyring: what answers to org.freedesktop.secrets on the bus of the session, such as
/// GNOME's or KDE's. Secrets go over that bus as they are (the algorithm `plain`): it is a socket
/// of this machine that other users cannot open.
/// https://specifications.freedesktop.org/secret-service-spec/latest/
package struct Keyring: Sendable {
    private let address: String?

    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    private static let service = "org.freedesktop.secrets"
    private static let path = "/org/freedesktop/secrets"
    private static let interfaces = "org.freedesktop.Secret."
    /// What a service says where there is no object, or nobody to ask.
    private static let nothing = "/"
    /// It may be started by the first call.
    private static let patienceMilliseconds: UInt64 = 5_000

    /// The bus of the session is where the environment says, or else in the user's own folder.
    package init(environment: [String: String]) {
        let own = environment["XDG_RUNTIME_DIR"].map { Path.join($0, "bus") }
        address =
            environment["DBUS_SESSION_BUS_ADDRESS"].flatMap { $0.isEmpty ? nil : $0 }
            ?? own.flatMap { Files.exists($0) ? "unix:path=\($0)" : nil }
    }

    /// What is kept under the name; nil: nothing is. Takes a moment, and up to some seconds where
    /// the keyring does not answer.
    package func secret(_ name: String) throws(Failure) -> String? {
        let session = try Session(address)
        guard let item = try session.item(named: name) else { return nil }
        return try session.secret(of: item)
    }

    /// Keeps it in the place of what was kept under the name.
    package func keep(_ secret: String, under name: String) throws(Failure) {
        let session = try Session(address)
        try session.add(secret, name: name)
    }

    /// One conversation: secrets are told to it alone.
    private struct Session: ~Copyable {
        private let bus: Bus
        private let path: String

        init(_ address: String?) throws(Failure) {
            guard let address else { throw Failure("this session has no bus, and so no keyring") }
            let bus = try Self.bus(address)
            let answer = try Self.call(
                bus, Self.target("Service"), "OpenSession",
                [.string("plain"), .variant(.string(""))])
            path = answer.last?.text ?? ""
            self.bus = bus
        }

        private static func bus(_ address: String) throws(Failure) -> Bus {
            do throws(DesktopError) {
                return try Bus(.session, address: address)
            } catch {
                throw Failure(sentence(error))
            }
        }

        private static func sentence(_ error: DesktopError) -> String {
            error.kind == .unavailable
                ? "no desktop keyring runs in this session" : error.description
        }

        private static func target(_ interface: String, _ path: String? = nil) -> Bus.Target {
            Bus.Target(Keyring.service, path ?? Keyring.path, Keyring.interfaces + interface)
        }

        private func call(
            _ target: Bus.Target, _ member: String, _ arguments: [BusValue]
        ) throws(Failure) -> [BusValue] {
            try Self.call(bus, target, member, arguments)
        }

        private static func call(
            _ bus: borrowing Bus, _ target: Bus.Target, _ member: String, _ arguments: [BusValue]
        ) throws(Failure) -> [BusValue] {
            do throws(DesktopError) {
                return try bus.call(
                    target, member, arguments, timeoutMilliseconds: Keyring.patienceMilliseconds)
            } catch {
                throw Failure(sentence(error))
            }
        }

        // MARK: Reading

        /// Unlocked, if there is one.
        func item(named name: String) throws(Failure) -> String? {
            let found = try call(
                Self.target("Service"), "SearchItems", [Keyring.attributes(name)])
            let lists = found.map { ($0.elements ?? []).compactMap(\.text) }
            guard lists.count == 2 else { throw Failure("the keyring's answer makes no sense") }
            if let item = lists[0].first { return item }
            guard let locked = lists[1].first else { return nil }
            try unlock(locked)
            return locked
        }

        /// Nobody is asked for a password here: a kernel has no window.
        private func unlock(_ object: String) throws(Failure) {
            let answer = try call(
                Self.target("Service"), "Unlock", [.array("o", [.path(object)])])
            let unlocked = (answer.first?.elements ?? []).compactMap(\.text)
            guard unlocked.contains(object) else { throw Self.locked }
        }

        private static let locked = Failure(
            "the desktop keyring is locked: log in to the desktop, or unlock it there, and try "
                + "again")

        func secret(of item: String) throws(Failure) -> String {
            let answer = try call(Self.target("Item", item), "GetSecret", [.path(path)])
            guard let fields = answer.first?.elements, fields.count == 4,
                let bytes = fields[2].elements
            else { throw Failure("the keyring's answer makes no sense") }
            let text = bytes.compactMap { value -> UInt8? in
                if case .byte(let byte) = value { byte } else { nil }
            }
            guard let secret = String(validating: text, as: UTF8.self) else {
                throw Failure("what the keyring keeps there is no text")
            }
            return secret
        }

        // MARK: Writing

        func add(_ secret: String, name: String) throws(Failure) {
            let alias = try call(Self.target("Service"), "ReadAlias", [.string("default")])
            guard let collection = alias.first?.text, collection != Keyring.nothing else {
                throw Failure("the desktop keyring has no collection for new secrets yet")
            }
            try unlock(collection)
            let item = Keyring.interfaces + "Item."
            let properties = BusValue.options([
                (item + "Label", .string("kernel: \(name)")),
                (item + "Attributes", Keyring.attributes(name)),
            ])
            let bytes = BusValue.array("y", secret.utf8.map { .byte($0) })
            let answer = try call(
                Self.target("Collection", collection), "CreateItem",
                [
                    properties,
                    .structure([.path(path), .array("y", []), bytes, .string("text/plain")]),
                    .bool(true),
                ])
            guard let made = answer.first?.text, made != Keyring.nothing else { throw Self.locked }
        }
    }

    /// What tells the item from those of others.
    private static func attributes(_ name: String) -> BusValue {
        .array(
            "{ss}",
            [("application", "kernel"), ("name", name)].map {
                .entry(.string($0.0), .string($0.1))
            })
    }
}

extension SecretSource {
    /// The environment that the kernel was started with, the disk, and the desktop keyring.
    package static func desktop(environment: [String: String]) -> SecretSource {
        var source = SecretSource.system(environment: environment)
        let keyring = Keyring(environment: environment)
        source.keyring = { try keyring.secret($0) }
        return source
    }
}
