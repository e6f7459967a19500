package import ModuleJSON

/// A method that is called.
package struct BusCall: Sendable {
    package var destination: String
    /// The connection that has to have the destination's name; nil: whichever has.
    package var owner: String?
    package var path: String
    package var interface: String?
    package var member: String
    package var arguments: [BusValue]
    /// Whether the bus may start a service that does not run.
    package var startsService = true
    /// Whether the user may be asked for leave, such as for a password.
    package var asksUser = false

    package init(_ destination: String, path: String, interface: String?, member: String) {
        self.destination = destination
        self.path = path
        self.interface = interface
        self.member = member
        arguments = []
    }

    /// Takes the arguments from JSON, as the signature says.
    package mutating func take(_ list: [JSON], signature: String) throws(BusFailure) {
        arguments = try BusValueReader.values(
            list, try BusType.parse(signature), signature: signature)
    }
}

/// Which signals are wanted: those of whoever has the sender's name.
package struct BusMatch: Sendable, Hashable {
    package var sender: String
    package var path: String?
    /// The path of an object, and all below it.
    package var pathNamespace: String?
    package var interface: String?
    package var member: String?

    package init(sender: String) {
        self.sender = sender
    }

    /// As the bus wants it. What stands in it are names that cannot end a quotation.
    var rule: String {
        var rule = "type='signal',sender='\(sender)'"
        if let path { rule += ",path='\(path)'" }
        if let pathNamespace { rule += ",path_namespace='\(pathNamespace)'" }
        if let interface { rule += ",interface='\(interface)'" }
        if let member { rule += ",member='\(member)'" }
        return rule
    }

    /// Who has the sender's name, told by the bus whenever it changes.
    var ownerRule: String {
        "type='signal',sender='\(BusDriver.name)',path='\(BusDriver.path)',"
            + "interface='\(BusDriver.name)',member='NameOwnerChanged',arg0='\(sender)'"
    }

    func fits(path: String, interface: String, member: String) -> Bool {
        (self.path == nil || self.path == path) && isAbove(path)
            && (self.interface == nil || self.interface == interface)
            && (self.member == nil || self.member == member)
    }

    private func isAbove(_ path: String) -> Bool {
        guard let above = pathNamespace, above != "/" else { return true }
        return path == above || path.hasPrefix(above + "/")
    }
}

/// The bus itself, as something on the bus.
package enum BusDriver {
    package static let name = "org.freedesktop.DBus"
    package static let path = "/org/freedesktop/DBus"

    static func call(_ member: String, _ argument: String) -> BusCall {
        var call = BusCall(name, path: path, interface: name, member: member)
        call.arguments = [.text(UInt8(ascii: "s"), argument)]
        return call
    }
}

/// What a service answered.
package enum BusAnswer: Sendable, Hashable {
    /// Its values, one for each type of the signature.
    case values(signature: String, JSON)
    /// An error of D-Bus.
    case error(name: String, message: String)
}

/// What came of listening.
package enum BusNews: Sendable, Hashable {
    /// Listening has begun, or the owner has changed: whether somebody has the name.
    case owner(Bool)
    case signal(path: String, interface: String, member: String, signature: String, JSON)
    /// So many signals were lost at this place.
    case lost(Int)
}

/// Hears what comes, on the thread of the buses: it must not block.
package protocol BusListener: AnyObject, Sendable {
    /// Whether it has room for nothing more.
    var isFull: Bool { get }
    func heard(_ news: BusNews)
    /// The end of a call.
    func answered(_ answer: BusAnswer)
    /// The end that is not good, of a call or of listening.
    func ended(_ failure: BusFailure)
}
