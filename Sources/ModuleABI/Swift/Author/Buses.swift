internal import CModuleABI
public import ModuleJSON

/// D-Bus, by the host within the permission `dbus` of the manifest, wherever the module lives:
///
///     let power = BusObject(.system, "org.freedesktop.UPower", at: "/org/freedesktop/UPower")
///     let devices = try await call.bus.call(power, "EnumerateDevices").values[0]
///
/// Values are JSON, as `mod/bus.h` says. An error that a service answers with is thrown as a
/// `BusError`, whatever else fails as a `Failure`; that of a missing permission says what to write
/// where.
public struct Buses: Sendable {
    let table: HostTable
    /// The call that errands are part of, or 0.
    let call: UInt64

    /// Calls a method, and waits for what the service answers.
    public func call(
        _ object: BusObject, _ member: String, _ signature: String = "", _ arguments: JSON...
    ) async throws -> BusAnswer {
        try await send(BusRequest(object, member, signature, arguments))
    }

    /// As `call`, with all that can be said about it.
    public func send(_ request: BusRequest) async throws -> BusAnswer {
        let stream = try ErrandStream(
            table, MOD_SERVICE_BUS, request.order, body: [], call: call)
        while try await stream.next() != nil {}
        guard let end = stream.end else { throw CancellationError() }
        let answer = try JSON(parsing: end.value)
        if let name = answer["error"]?.string {
            throw BusError(name, answer["message"]?.string ?? "")
        }
        return BusAnswer(
            answer["signature"]?.string ?? "", answer["values"]?.array ?? [])
    }

    /// What a property of the object is.
    public func property(_ object: BusObject, _ name: String) async throws -> JSON {
        var properties = object
        properties.interface = "org.freedesktop.DBus.Properties"
        let answer = try await call(
            properties, "Get", "ss", .string(object.interface), .string(name))
        return answer.values.first?["value"] ?? .null
    }

    /// Listens to signals until the value is let go. What comes while nobody reads, and is more
    /// than there is room for, is lost and counted.
    public func signals(_ match: BusMatch) throws -> BusSignals {
        BusSignals(
            stream: try ErrandStream(
                table, MOD_SERVICE_BUS_SIGNALS, match.order, body: [], call: call))
    }
}

extension Call {
    /// D-Bus. What is asked ends no later than the call.
    public var bus: Buses { Buses(table: run.host, call: run.id) }
}

extension Host {
    /// D-Bus, for what is asked between `start` and `stop` and outlasts a call.
    public var bus: Buses { Buses(table: table, call: 0) }
}

/// The bus of the user who is logged in, or that of the machine.
public enum BusKind: String, Sendable {
    case session, system
}

/// An object on a bus, and one of its interfaces.
public struct BusObject: Sendable {
    public var bus: BusKind
    public var name: String
    public var path: String
    public var interface: String
    /// The connection that has to have the name, such as ":1.42"; nil: whichever has.
    public var owner: String?

    /// The interface is called as the service is, unless it is said.
    public init(_ bus: BusKind, _ name: String, at path: String, _ interface: String? = nil) {
        self.bus = bus
        self.name = name
        self.path = path
        self.interface = interface ?? name
    }
}

/// A method that is called.
public struct BusRequest: Sendable {
    public var object: BusObject
    public var member: String
    public var signature: String
    /// One for each type of the signature.
    public var arguments: [JSON]
    /// Whether the bus may start the service.
    public var startsService = true
    /// Whether the user may be asked for leave, such as a password.
    public var asksUser = false
    /// The host's 25 if it is nil.
    public var timeoutSeconds: Double?
    /// Of the answer; the host allows 1 MiB if it is nil, and at most 4 MiB.
    public var bytesMax: Int?

    public init(
        _ object: BusObject, _ member: String, _ signature: String = "", _ arguments: [JSON] = []
    ) {
        self.object = object
        self.member = member
        self.signature = signature
        self.arguments = arguments
    }

    /// As a host reads it.
    package init(order: JSON) throws {
        guard let bus = BusKind(rawValue: order["bus"]?.string ?? "") else {
            throw Failure("bus: \"bus\" is not \"session\" or \"system\"", .invalid)
        }
        var object = BusObject(
            bus, order["destination"]?.string ?? "", at: order["path"]?.string ?? "",
            order["interface"]?.string)
        object.owner = order["owner"]?.string
        self.init(
            object, order["member"]?.string ?? "", order["signature"]?.string ?? "",
            order["arguments"]?.array ?? [])
        startsService = order["start"]?.bool ?? true
        asksUser = order["interactive"]?.bool ?? false
        timeoutSeconds = order["timeoutSeconds"]?.number
        bytesMax = order["bytesMax"]?.integer.map { Int($0) }
    }

    var order: JSON {
        [
            "bus": .string(object.bus.rawValue), "destination": .string(object.name),
            "owner": object.owner.map { .string($0) } ?? .null, "path": .string(object.path),
            "interface": .string(object.interface), "member": .string(member),
            "signature": .string(signature), "arguments": .array(arguments),
            "start": .bool(startsService), "interactive": .bool(asksUser),
            "timeoutSeconds": timeoutSeconds.map { .number($0) } ?? .null,
            "bytesMax": bytesMax.map { .integer(Int64($0)) } ?? .null,
        ]
    }
}

/// What a service answered.
public struct BusAnswer: Sendable {
    public let signature: String
    /// One for each type of the signature.
    public let values: [JSON]

    public init(_ signature: String = "", _ values: [JSON] = []) {
        self.signature = signature
        self.values = values
    }
}

/// An error that a service answered with.
public struct BusError: Error, Sendable, CustomStringConvertible {
    /// Such as "org.freedesktop.DBus.Error.UnknownMethod".
    public let name: String
    public let message: String

    public init(_ name: String, _ message: String) {
        self.name = name
        self.message = message
    }

    public var description: String { message.isEmpty ? name : "\(message) (\(name))" }
}
