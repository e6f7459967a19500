import KernelTesting

/// A name for this machine that does not look like one, as this machine's list of hosts has it.
struct InnocentName {
    let text: String
    let address: String

    static let found: InnocentName? = {
        let hosts = (try? Shell.run("cat /etc/hosts")) ?? ""
        for line in hosts.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let address = words.first, address == "127.0.0.1" || address == "::1" else {
                continue
            }
            let names = words.dropFirst().filter { $0 != "localhost" }
            if let name = names.first { return InnocentName(text: name, address: address) }
        }
        return nil
    }()
}
