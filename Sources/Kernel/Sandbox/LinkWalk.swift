import KernelSystem

/// Where permitted paths lead. Whoever may write a folder could put a link there, and choose by it
/// what another module, or itself at its next start, may reach: such a link is not followed.
package struct LinkWalk: Sendable, Hashable {
    /// Folders that confined modules may write, without links.
    package var written: [String]

    /// As many as the system follows.
    private static let linksMax = 40
    /// What it calls links differs from process to process.
    private static let proc = "/proc"

    package init(written: [String] = []) {
        self.written = written
    }

    /// The path with its links followed; the first that is not to be followed stays in it. What is
    /// not there is left as it is.
    package func end(of path: String) -> String {
        var rest = Self.parts(path)
        var place = "/"
        var followed = 0
        while let part = rest.popLast() {
            if part == ".." {
                place = Path.directory(of: place)
                continue
            }
            let next = Path.join(place, part)
            guard part != ".", !PathPlaces.contains(Self.proc, place),
                let target = Files.target(ofLink: next)
            else {
                if part != "." { place = next }
                continue
            }
            followed += 1
            let isTrusted = !written.contains { PathPlaces.contains($0, place) }
            guard isTrusted, followed <= Self.linksMax else {
                return rest.reversed().reduce(next) { Path.join($0, $1) }
            }
            if target.hasPrefix("/") { place = "/" }
            rest += Self.parts(target)
        }
        return place
    }

    /// The last first.
    private static func parts(_ path: String) -> [String] {
        path.split(separator: "/").reversed().map(String.init)
    }
}
