import KernelBase
import KernelSandbox

/// A host and a port, as they were checked: nothing that anybody could read in another way.
struct ServerPlace: Sendable, Hashable, CustomStringConvertible {
    let host: Host
    let port: UInt16

    enum Host: Sendable, Hashable {
        case name(HostName)
        /// `text` without brackets.
        case address(InternetAddress, text: String)
    }

    init(_ host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// An address of IPv6 has no brackets here. Nil if it is no host.
    init?(host: String, port: UInt16) {
        if let address = InternetAddress(host[...]) {
            self.init(.address(address, text: host), port: port)
        } else if let name = HostName(host) {
            self.init(.name(name), port: port)
        } else {
            return nil
        }
    }

    static func noHost(_ text: some StringProtocol) -> ErrandRefusal {
        ErrandRefusal(
            .invalid,
            "\"\(text.prefix(200))\" is no name of a host, nor an address in its usual form; a "
                + "name beyond ASCII is written in its form for the wire, which begins with xn--")
    }

    /// `example.org:443`, as a permission names it.
    var description: String {
        switch host {
        case .name(let name): "\(name.text):\(port)"
        case .address(_, let text): text.contains(":") ? "[\(text)]:\(port)" : "\(text):\(port)"
        }
    }
}
