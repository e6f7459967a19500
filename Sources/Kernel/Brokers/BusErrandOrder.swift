import KernelBase
import KernelBus
import ModuleJSON

/// What a module wants of a bus, read from its order and checked.
struct BusErrandOrder: Sendable {
    var bus: BusKind
    var work: BusOrder.Work
    var bytesMax: Int
    /// Nil: as long as the errand.
    var seconds: Double?

    private static let bytesUsual = 1 << 20
    private static let bytesMax = 4 << 20
    private static let secondsUsual = 25.0
    private static let secondsMax = 3_600.0

    private static let common: Set = ["bus", "path", "interface", "member", "bytesMax"]
    private static let ofCalls: Set = [
        "destination", "owner", "signature", "arguments", "timeoutSeconds", "start", "interactive",
    ]
    private static let ofSignals: Set = ["sender", "pathNamespace"]

    /// A method to be called.
    init(call bytes: [UInt8]) throws(ErrandRefusal) {
        let order = try OrderReader(bytes, members: Self.common.union(Self.ofCalls))
        guard let path = try Self.path("path", order), let member = try Self.member(order) else {
            throw ErrandRefusal(.invalid, "the order lacks \"path\" or \"member\"")
        }
        var call = BusCall(
            try Self.name("destination", order), path: path,
            interface: try Self.interface(order), member: member)
        call.owner = try Self.owner(order)
        call.startsService = try order.flag("start") ?? true
        call.asksUser = try order.flag("interactive") ?? false
        let arguments = try order.list("arguments", of: "values") ?? []
        let signature = try order.text("signature") ?? ""
        do throws(BusFailure) {
            try call.take(arguments, signature: signature)
        } catch {
            throw ErrandRefusal(error)
        }
        bus = try Self.bus(order)
        work = .call(call)
        bytesMax = try order.bytes("bytesMax", usual: Self.bytesUsual, max: Self.bytesMax)
        seconds = try order.seconds(
            "timeoutSeconds", usual: Self.secondsUsual, max: Self.secondsMax)
    }

    /// Signals to be listened to.
    init(signals bytes: [UInt8]) throws(ErrandRefusal) {
        let order = try OrderReader(bytes, members: Self.common.union(Self.ofSignals))
        var match = BusMatch(sender: try Self.name("sender", order))
        match.path = try Self.path("path", order)
        match.pathNamespace = try Self.path("pathNamespace", order)
        match.interface = try Self.interface(order)
        match.member = try Self.member(order)
        guard match.path == nil || match.pathNamespace == nil else {
            throw ErrandRefusal(.invalid, "the order has both \"path\" and \"pathNamespace\"")
        }
        bus = try Self.bus(order)
        work = .listening(match)
        bytesMax = try order.bytes("bytesMax", usual: Self.bytesUsual, max: Self.bytesMax)
    }

    // MARK: Members

    private static func bus(_ order: OrderReader) throws(ErrandRefusal) -> BusKind {
        guard let bus = BusKind(name: try order.text("bus") ?? "") else {
            throw ErrandRefusal(.invalid, "\"bus\" is not \"session\" or \"system\"")
        }
        return bus
    }

    private static func name(
        _ member: String, _ order: OrderReader
    ) throws(ErrandRefusal) -> String {
        let name = try order.text(member) ?? ""
        guard BusText.isName(name) else {
            throw ErrandRefusal(
                .invalid,
                BusText.isUniqueName(name)
                    ? "\"\(member)\" is \"\(name)\", which is the name of one connection: give the "
                        + "name that it has asked for, and this one as \"owner\" of a call"
                    : "\"\(member)\" is not a name on the bus, such as \"org.example.Name\"")
        }
        return name
    }

    private static func owner(_ order: OrderReader) throws(ErrandRefusal) -> String? {
        try checked("owner", order, "the name of a connection, such as \":1.42\"") {
            BusText.isUniqueName($0)
        }
    }

    private static func path(
        _ member: String, _ order: OrderReader
    ) throws(ErrandRefusal) -> String? {
        try checked(member, order, "the path of an object, such as \"/org/example/Object\"") {
            BusText.isPath($0)
        }
    }

    private static func interface(_ order: OrderReader) throws(ErrandRefusal) -> String? {
        try checked("interface", order, "an interface, such as \"org.example.Interface\"") {
            BusText.isInterface($0)
        }
    }

    private static func member(_ order: OrderReader) throws(ErrandRefusal) -> String? {
        try checked("member", order, "the name of a method or signal, such as \"Changed\"") {
            BusText.isMember($0)
        }
    }

    private static func checked(
        _ member: String, _ order: OrderReader, _ what: String, _ isSound: (String) -> Bool
    ) throws(ErrandRefusal) -> String? {
        guard let text = try order.text(member) else { return nil }
        guard isSound(text) else {
            throw ErrandRefusal(.invalid, "\"\(member)\" is not \(what)")
        }
        return text
    }
}

extension ErrandRefusal {
    init(_ failure: BusFailure) {
        self.init(failure.kind.status, failure.description)
    }
}

extension BusFailure.Kind {
    var status: CallStatus {
        switch self {
        case .invalid: .invalid
        case .unsupported, .unavailable: .unsupported
        case .notFound: .notFound
        case .unreachable, .gone: .failed
        case .tooLarge, .tooMany: .limit
        case .deadline: .deadline
        case .cancelled: .cancelled
        }
    }
}
