internal import CModuleABI
public import ModuleJSON

/// Which signals are wanted: those of whoever has the sender's name.
public struct BusMatch: Sendable {
    public var bus: BusKind
    public var sender: String
    /// Of the object; every one if it is nil.
    public var path: String?
    /// Of an object and all below it, instead of `path`.
    public var pathNamespace: String?
    /// Every one if it is nil.
    public var interface: String?
    /// Every one if it is nil.
    public var member: String?

    public init(
        _ bus: BusKind, from sender: String, at path: String? = nil, interface: String? = nil,
        member: String? = nil
    ) {
        self.bus = bus
        self.sender = sender
        self.path = path
        self.interface = interface
        self.member = member
    }

    /// Those of one object's interface.
    public init(of object: BusObject, _ member: String? = nil) {
        self.init(
            object.bus, from: object.name, at: object.path, interface: object.interface,
            member: member)
    }

    /// As a host reads it.
    package init(order: JSON) throws {
        guard let bus = BusKind(rawValue: order["bus"]?.string ?? "") else {
            throw Failure("bus.signals: \"bus\" is not \"session\" or \"system\"", .invalid)
        }
        self.init(
            bus, from: order["sender"]?.string ?? "", at: order["path"]?.string,
            interface: order["interface"]?.string, member: order["member"]?.string)
        pathNamespace = order["pathNamespace"]?.string
    }

    var order: JSON {
        [
            "bus": .string(bus.rawValue), "sender": .string(sender),
            "path": path.map { .string($0) } ?? .null,
            "pathNamespace": pathNamespace.map { .string($0) } ?? .null,
            "interface": interface.map { .string($0) } ?? .null,
            "member": member.map { .string($0) } ?? .null,
        ]
    }
}

/// What comes of listening, as a sequence. It ends by a `Failure` only.
public struct BusSignals: AsyncSequence, AsyncIteratorProtocol, Sendable {
    public enum Element: Sendable {
        /// Listening has begun, or the name has changed hands: whether somebody has it.
        case owner(Bool)
        case signal(BusSignal)
        /// So many were lost here: who must know where things stand asks anew.
        case lost(Int)
    }

    let stream: ErrandStream

    public func makeAsyncIterator() -> BusSignals { self }

    public func next() async throws -> Element? {
        while let news = try await stream.next() {
            switch news.kind {
            case UInt32(MOD_BUS_OWNER): return .owner(news.number != 0)
            case UInt32(MOD_BUS_LOST): return .lost(Int(news.number))
            case UInt32(MOD_BUS_SIGNAL): return .signal(BusSignal(try JSON(parsing: news.value)))
            // What a later host may have to say besides.
            default: break
            }
        }
        return nil
    }

    /// Ends it: `next` then throws.
    public func cancel() {
        stream.cancel()
    }
}

/// One signal.
public struct BusSignal: Sendable {
    public let path: String
    public let interface: String
    public let member: String
    public let signature: String
    /// One for each type of the signature.
    public let values: [JSON]

    public init(
        _ member: String, at path: String, _ interface: String, _ signature: String = "",
        _ values: [JSON] = []
    ) {
        self.path = path
        self.interface = interface
        self.member = member
        self.signature = signature
        self.values = values
    }

    init(_ news: JSON) {
        self.init(
            news["member"]?.string ?? "", at: news["path"]?.string ?? "",
            news["interface"]?.string ?? "", news["signature"]?.string ?? "",
            news["values"]?.array ?? [])
    }

    package var news: JSON {
        [
            "path": .string(path), "interface": .string(interface), "member": .string(member),
            "signature": .string(signature), "values": .array(values),
        ]
    }
}
