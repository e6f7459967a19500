import KernelBase
import KernelHTTP
import KernelSandbox

/// Where a module may go, by its permission `network`.
struct NetworkPermission: Sendable {
    private let module: String
    private let places: [NetworkPlace]

    private static let loopback = ["127.0.0.1", "::1"]

    init(_ entries: [String], of module: String) {
        self.module = module
        places = entries.compactMap { NetworkPlace($0) }
    }

    /// Which addresses may be connected to for this host, once its name was looked up: an address
    /// of this machine or of a private network only where the permission names it.
    func reach(of server: ServerPlace) throws(ErrandRefusal) -> HTTPRequest.Reach {
        let open = places.filter { $0.opens(port: server.port) }
        let named = open.compactMap { place in
            if case .address(_, let text) = place.host { text } else { nil }
        }
        switch server.host {
        case .address(let number, let text):
            guard !number.isNowhere else {
                throw ErrandRefusal(.invalid, "\(server) is no address of a server")
            }
            let isOpen = open.contains { place in
                switch place.host {
                case .address(let own, _): own == number
                case .any: !HTTPAddress.isPrivate(text)
                case .name, .below: false
                }
            }
            guard isOpen else { throw refusal(server) }
            return .worldAnd(named)
        case .name(let name):
            let isOpen = open.contains { opens($0, name.text) }
            guard isOpen else { throw refusal(server) }
            return .worldAnd(
                HostName.isThisMachine(name.text) ? Self.loopback + named : named)
        }
    }

    private func opens(_ place: NetworkPlace, _ name: String) -> Bool {
        switch place.host {
        case .name(let own): own == name
        case .below(let end): name.hasSuffix(end) && !HostName.isThisMachine(name)
        case .any: !HostName.isThisMachine(name)
        case .address: false
        }
    }

    private func refusal(_ server: ServerPlace) -> ErrandRefusal {
        ErrandRefusal(
            "reaching \(server) is refused", missing: .network, server.description, module)
    }

    /// A name led where no name opens anything.
    func refusal(_ server: ServerPlace, leadingTo text: String) -> ErrandRefusal {
        let place = text.contains(":") ? "[\(text)]:\(server.port)" : "\(text):\(server.port)"
        return ErrandRefusal(
            "\(server) leads to \(text), an address of this machine or of a private "
                + "network, which is reached only by a permission for itself",
            missing: .network, place, module)
    }
}
