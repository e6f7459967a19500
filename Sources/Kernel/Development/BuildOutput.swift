package import KernelBuilds
import KernelGenerations
import KernelLoader
import ModuleJSON

/// Reads what `swift build` prints, line by line: a value without I/O.
///
/// The same complaint comes several times, from the compiler's different jobs; it is kept once.
package struct BuildOutput: Sendable {
    /// Problems beyond this are counted, not kept.
    package static let problemsMax = 20
    /// Of a build that fails without a word that is understood, this many lines are shown.
    private static let lastLinesMax = 8
    private static let seenMax = 1_000

    private let folders: [String]
    private var errors = Found()
    private var warnings = Found()
    /// What says no more than that something failed: told only if nothing else is.
    private var bareFailures = Found()
    private var lastLines: [String] = []

    private struct Found: Sendable {
        var first: [BuildProblem] = []
        var seen: Set<BuildProblem> = []
        var count = 0

        mutating func add(_ problem: BuildProblem) {
            guard !seen.contains(problem) else { return }
            if seen.count < BuildOutput.seenMax { seen.insert(problem) }
            count += 1
            if first.count < BuildOutput.problemsMax { first.append(problem) }
        }

        var problems: PackageNews.Problems {
            PackageNews.Problems(first, more: count - first.count)
        }
    }

    /// `folders` are the paths by which the package may be named; files in it are named from there.
    package init(folders: [String]) {
        self.folders = folders.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
    }

    package mutating func add(_ line: String) {
        let text = line.trimmingTrailingSpace()
        guard !text.isEmpty else { return }
        lastLines.append(text)
        if lastLines.count > Self.lastLinesMax { lastLines.removeFirst() }
        guard let found = Self.complaint(in: text) else { return }
        if found.severity == .warning {
            warnings.add(problem(found))
        } else if Self.isBare(found.message) {
            bareFailures.add(problem(found))
        } else {
            errors.add(problem(found))
        }
    }

    package var warningProblems: PackageNews.Problems { warnings.problems }

    /// What a failed build complained about; never empty.
    package var failureProblems: PackageNews.Problems {
        if errors.count > 0 { return errors.problems }
        if bareFailures.count > 0 { return bareFailures.problems }
        let said = lastLines.map { BuildProblem(.error, $0) }
        return PackageNews.Problems(
            said.isEmpty ? [BuildProblem(.error, "it failed without saying why")] : said)
    }

    // MARK: Lines

    private struct Complaint {
        let severity: BuildProblem.Severity
        /// What stands before the word, without the colon.
        let place: Substring
        let message: Substring
    }

    private static let words: [(word: String, severity: BuildProblem.Severity)] = [
        ("fatal error: ", .error), ("error: ", .error), ("warning: ", .warning),
    ]

    /// The first of the words that stands at the beginning or after a place.
    private static func complaint(in line: String) -> Complaint? {
        // Quoted source code and the remarks under it are indented or numbered.
        guard let first = line.first, first != " ", !isQuotedSource(line) else { return nil }
        var best: (range: Range<String.Index>, severity: BuildProblem.Severity)?
        for (word, severity) in words {
            let isAtStart = line.hasPrefix(word)
            guard
                let found = isAtStart ? line.firstRange(of: word) : line.firstRange(of: ": " + word)
            else { continue }
            if best.map({ found.lowerBound < $0.range.lowerBound }) ?? true {
                best = (found, severity)
            }
        }
        guard let best, !line[..<best.range.lowerBound].contains(": note: ") else { return nil }
        return Complaint(
            severity: best.severity, place: line[..<best.range.lowerBound],
            message: line[best.range.upperBound...])
    }

    /// `17 |         let lines = …`
    private static func isQuotedSource(_ line: String) -> Bool {
        let rest = line.drop { $0.isNumber }
        return rest.startIndex != line.startIndex && rest.hasPrefix(" | ")
    }

    private static func isBare(_ message: Substring) -> Bool {
        message.hasSuffix("(use -v to see invocation)") || message.hasPrefix("ExitCode(")
            || message.contains("Invalid manifest (compiled with: ")
    }

    private func problem(_ complaint: Complaint) -> BuildProblem {
        let message = Self.shortened(complaint.message)
        let (file, numbers) = Self.split(complaint.place)
        if numbers.isEmpty || file.hasPrefix("<") {
            return BuildProblem(
                complaint.severity, Self.speaker(complaint.place) + relative(message))
        }
        return BuildProblem(
            complaint.severity, file: relative(String(file)), line: numbers.first,
            column: numbers.dropFirst().first, relative(message))
    }

    /// A manifest that does not compile is reported with the whole command that compiled it.
    private static func shortened(_ message: Substring) -> String {
        guard let command = message.firstRange(of: " (compiled with: ") else {
            return String(message)
        }
        return String(message[..<command.lowerBound])
    }

    /// `path:line:column` taken apart.
    private static func split(_ place: Substring) -> (file: Substring, numbers: [Int]) {
        var file = place
        var numbers: [Int] = []
        while numbers.count < 2, let colon = file.lastIndex(of: ":"),
            let number = Int(file[file.index(after: colon)...])
        {
            numbers.insert(number, at: 0)
            file = file[..<colon]
        }
        return (file, numbers)
    }

    /// Linkers speak of object files; that it is they who speak says what kind of problem it is.
    private static func speaker(_ place: Substring) -> String {
        guard !place.isEmpty, !place.hasPrefix("<") else { return "" }
        let program = place.split(separator: "/").last ?? place
        if program.hasPrefix("ld") || program.hasPrefix("clang") { return "linker: " }
        return place.contains(".o:") ? "linker: \(place): " : "\(place): "
    }

    private func relative(_ text: String) -> String {
        folders.reduce(text) { text, folder in text.replacing(folder, with: "") }
    }
}

extension String {
    fileprivate func trimmingTrailingSpace() -> String {
        var end = endIndex
        while end > startIndex, self[index(before: end)].isWhitespace { end = index(before: end) }
        return String(self[..<end])
    }
}
