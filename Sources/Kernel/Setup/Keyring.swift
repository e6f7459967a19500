import KernelBus
package import KernelConfig
import KernelSystem
import ModuleJSON

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
    private static let patienceSeconds = 5.0

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

    /// One conversation: secrets are told to its connection alone.
    private final class Session {
        private let conversation: BusConversation
        private let path: String

        init(_ address: String?) throws(Failure) {
            guard let address else { throw Failure("this session has no bus, and so no keyring") }
            conversation = BusConversation(address)
            let answer = try Self.ask(
                conversation, Self.call("Service", "OpenSession"), "sv",
                ["plain", Self.variant("s", "")])
            path = answer.last?.string ?? ""
        }

        private static func call(
            _ interface: String, _ member: String, at path: String = Keyring.path
        ) -> BusCall {
            BusCall(
                Keyring.service, path: path, interface: Keyring.interfaces + interface,
                member: member)
        }

        private static func variant(_ signature: String, _ value: JSON) -> JSON {
            ["signature": .string(signature), "value": value]
        }

        private func ask(
            _ call: BusCall, _ signature: String, _ arguments: [JSON]
        ) throws(Failure) -> [JSON] {
            try Self.ask(conversation, call, signature, arguments)
        }

        private static func ask(
            _ conversation: BusConversation, _ call: BusCall, _ signature: String,
            _ arguments: [JSON]
        ) throws(Failure) -> [JSON] {
            var call = call
            do throws(BusFailure) {
                try call.take(arguments, signature: signature)
            } catch {
                throw Failure("the keyring cannot be asked: \(error)")
            }
            switch conversation.answer(to: call, seconds: Keyring.patienceSeconds) {
            case .success(.values(_, let values)): return values.array ?? []
            case .success(.error(let name, let message)):
                guard !noKeyring.contains(name) else { throw none }
                throw Failure("the desktop keyring refuses: \(message) (\(name))")
            case .failure(let failure):
                let isMissing = [.unreachable, .unavailable, .notFound].contains(failure.kind)
                throw isMissing ? none : Failure("the desktop keyring: \(failure)")
            }
        }

        private static let none = Failure("no desktop keyring runs in this session")
        private static let noKeyring = [
            "org.freedesktop.DBus.Error.ServiceUnknown",
            "org.freedesktop.DBus.Error.NameHasNoOwner",
        ]

        // MARK: Reading

        /// Unlocked, if there is one.
        func item(named name: String) throws(Failure) -> String? {
            let found = try ask(
                Self.call("Service", "SearchItems"), "a{ss}", [Keyring.attributes(name)])
            let lists = found.map { ($0.array ?? []).compactMap(\.string) }
            guard lists.count == 2 else { throw Failure("the keyring's answer makes no sense") }
            if let item = lists[0].first { return item }
            guard let locked = lists[1].first else { return nil }
            try unlock(locked)
            return locked
        }

        /// Nobody is asked for a password here: a kernel has no window.
        private func unlock(_ object: String) throws(Failure) {
            let answer = try ask(Self.call("Service", "Unlock"), "ao", [[.string(object)]])
            let unlocked = (answer.first?.array ?? []).compactMap(\.string)
            guard unlocked.contains(object) else { throw Self.locked }
        }

        private static let locked = Failure(
            "the desktop keyring is locked: log in to the desktop, or unlock it there, and try "
                + "again")

        func secret(of item: String) throws(Failure) -> String {
            let answer = try ask(
                Self.call("Item", "GetSecret", at: item), "o", [.string(path)])
            guard let fields = answer.first?.array, fields.count == 4,
                let bytes = fields[2].array
            else { throw Failure("the keyring's answer makes no sense") }
            let text = bytes.compactMap { $0.integer.flatMap { UInt8(exactly: $0) } }
            guard let secret = String(validating: text, as: UTF8.self) else {
                throw Failure("what the keyring keeps there is no text")
            }
            return secret
        }

        // MARK: Writing

        func add(_ secret: String, name: String) throws(Failure) {
            let alias = try ask(Self.call("Service", "ReadAlias"), "s", ["default"])
            guard let collection = alias.first?.string, collection != Keyring.nothing else {
                throw Failure("the desktop keyring has no collection for new secrets yet")
            }
            try unlock(collection)
            let item = Keyring.interfaces + "Item."
            let label = Self.variant("s", .string("kernel: \(name)"))
            let bytes: JSON = .array(secret.utf8.map { .integer(Int64($0)) })
            let answer = try ask(
                Self.call("Collection", "CreateItem", at: collection), "a{sv}(oayays)b",
                [
                    .object([
                        item + "Label": label,
                        item + "Attributes": Self.variant("a{ss}", Keyring.attributes(name)),
                    ]),
                    [.string(path), [], bytes, "text/plain"], true,
                ])
            guard let made = answer.first?.string, made != Keyring.nothing else {
                throw Self.locked
            }
        }
    }

    /// What tells the item from those of others.
    private static func attributes(_ name: String) -> JSON {
        ["application": "kernel", "name": .string(name)]
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
