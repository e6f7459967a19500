import KernelBase
import KernelSystem
import ModuleJSON

/// Where Python packages come from on this machine: PyPI, or what pip is told to use in its place,
/// since somebody who has a mirror often has no other way. Nothing of Python is needed for it.
struct PackageIndex: Sendable, Hashable {
    /// Of pages that list the files of one project each (PEP 503), without a slash at its end.
    let base: String
    var proxy: String?
    /// To trust instead of the system's.
    var certificatesFile: String?

    private static let usual = "https://pypi.org/simple"
    private static let fileBytesMax = 1 << 20

    init(base: String) {
        self.base = base
    }

    /// As pip reads its settings: a variable before a file, the user's file before the machine's.
    init(environment: [String: String], home: String) {
        let files = Self.files(environment, home).compactMap { Self.settings(in: $0) }
        func setting(_ name: String) -> String? {
            let variable = "PIP_" + name.uppercased().replacing("-", with: "_")
            let found = [environment[variable]] + files.map { $0[name] }
            return found.lazy.compactMap { $0 }.first { !$0.isEmpty }
        }
        var base = setting("index-url") ?? Self.usual
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
        proxy = setting("proxy").map { $0.contains("://") ? $0 : "http://\($0)" }
        certificatesFile = setting("cert").map { Path.absolute($0, in: "/", home: home) }
    }

    private static func files(_ environment: [String: String], _ home: String) -> [String] {
        let own = environment["PIP_CONFIG_FILE"] ?? ""
        guard own != "/dev/null" else { return [] }
        let configuration = environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        return [
            own, Path.join(configuration ?? Path.join(home, ".config"), "pip/pip.conf"),
            Path.join(home, ".pip/pip.conf"), "/etc/xdg/pip/pip.conf", "/etc/pip.conf",
        ].filter { !$0.isEmpty }
    }

    /// What stands under `[global]`, and before that under `[download]`.
    private static func settings(in file: String) -> [String: String]? {
        guard let bytes = try? Files.read(file, bytesMax: fileBytesMax) else { return nil }
        var sections: [String: [String: String]] = [:]
        var section = ""
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let text = trimmed(line)
            if text.hasPrefix("["), text.hasSuffix("]") {
                section = String(text.dropFirst().dropLast())
            } else if !text.hasPrefix("#"), !text.hasPrefix(";"),
                let mark = text.firstIndex(where: { $0 == "=" || $0 == ":" })
            {
                let name = trimmed(text[..<mark]).lowercased().replacing("_", with: "-")
                sections[section, default: [:]][name] = trimmed(text[text.index(after: mark)...])
            }
        }
        return (sections["global"] ?? [:]).merging(sections["download"] ?? [:]) { $1 }
    }

    private static func trimmed(_ text: Substring) -> String {
        let end = text.reversed().prefix { $0.isWhitespace }.count
        return String(text.dropLast(end).drop { $0.isWhitespace })
    }

    // MARK: Pages

    func page(of project: String) -> String { "\(base)/\(project)/" }

    /// The address of a file that a page names.
    static func address(of file: String, in page: String, at url: String) -> String? {
        for mark in page.ranges(of: "href=") {
            let link = page[mark.upperBound...]
            guard let quote = link.first, quote == "\"" || quote == "'" else { continue }
            let text = link.dropFirst().prefix { $0 != quote }.prefix { $0 != "#" }
            let address = String(text).replacing("&amp;", with: "&")
            let path = address.prefix { $0 != "?" }
            guard Path.name(of: String(path)) == file else { continue }
            return joined(address, to: url)
        }
        return nil
    }

    /// An address as it stands in a page, or in the head of an answer, of another one.
    static func joined(_ link: String, to url: String) -> String {
        if link.contains("://") { return link }
        guard let scheme = url.ranges(of: "://").first else { return link }
        if link.hasPrefix("//") { return url[..<scheme.lowerBound] + ":" + link }
        let server = url[..<scheme.upperBound] + url[scheme.upperBound...].prefix { $0 != "/" }
        if link.hasPrefix("/") { return server + link }
        var folders = url.dropFirst(server.count).prefix { $0 != "?" }.split(separator: "/")
        if !url.hasSuffix("/"), !folders.isEmpty { folders.removeLast() }
        for part in link.split(separator: "/", omittingEmptySubsequences: false) {
            switch part {
            case ".": break
            case "..": _ = folders.popLast()
            default: folders.append(part)
            }
        }
        return server + "/" + folders.joined(separator: "/")
    }
}
