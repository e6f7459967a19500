/// Calls that this house does without, each with what to use instead.
struct Ban: Sendable {
    let what: String
    /// One of these is in every match.
    let words: [String]
    let pattern: @Sendable () -> Regex<Substring>
    let instead: String
    let applies: @Sendable (SourceFile) -> Bool

    init(
        _ what: String, _ words: [String], _ pattern: @escaping @Sendable () -> Regex<Substring>,
        instead: String,
        where applies: @escaping @Sendable (SourceFile) -> Bool = { _ in true }
    ) {
        self.what = what
        self.words = words
        self.pattern = pattern
        self.instead = instead
        self.applies = applies
    }

    func violations(in file: SourceFile) -> [Violation] {
        guard file.kind == .swift, applies(file), let source = file.source, source.mentions(words)
        else { return [] }
        // By default `Task.sleep` is one word.
        let pattern = pattern().wordBoundaryKind(.simple)
        return source.codeLines.enumerated().compactMap { offset, line in
            // Declaring a function of that name is not calling the banned one.
            line.replacing(#/\bfunc +\w+/#, with: "func").contains(pattern)
                ? Violation(file, offset + 1, "\(what) is not used here: \(instead).") : nil
        }
    }
}

extension Ban {
    static let all = [
        Ban(
            "A trap without a sentence", ["fatalError", "Failure("],
            { #/\b(?:fatalError|preconditionFailure|assertionFailure)\(\s*\)/# },
            instead: "say what was impossible, and what it means if it happened"),
        Ban(
            "print", ["print(", "debugPrint(", "dump("],
            { #/(?:^|[^\w.])(?:print|debugPrint|dump)\(/# },
            instead: "log through the host, or return the text; only Main writes to the terminal",
            where: { $0.isIn("Sources") && !$0.isIn("Sources/Kernel/Main") }),
        Ban(
            "try!", ["try!"], { #/\btry!/# }, instead: "handle the error, or throw it on",
            where: { $0.name != "Package.swift" }),
        Ban("as!", ["as!"], { #/\bas!/# }, instead: "use `as?` and say what to do when it is nil"),
        Ban(
            "dlclose", ["dlclose"], { #/\bdlclose\b/# },
            instead: "nothing Swift is ever unmapped; the runtime keeps pointers into it"),
        Ban(
            "sleep", ["sleep("], { #/\b(?:sleep|usleep|nanosleep)\(/# },
            instead: "wait for the event itself, or use the clock of KernelTesting",
            where: { file in
                // Helpers that poll and fixtures that hang have a reason.
                let isHelper = ["Support/", "Fixtures/", "Tests/Modules/"].contains {
                    file.path.contains($0)
                }
                return file.isIn("Tests") && !isHelper
            }),
        Ban(
            "Thread", ["Thread."], { #/\bThread\.(?:sleep|detachNewThread|current)\b/# },
            instead: "threads are KernelSystem's, and waiting is for an event"),
        Ban(
            "@_cdecl", ["@_cdecl"], { #/@_cdecl\b/# },
            instead: "use @c, which checks that the types exist in C"),
        Ban(
            "Dropping a value under a lock", ["withLock"], { #/withLock \{ *_ = /# },
            instead:
                "hand it out, `_ = state.withLock { … }`, since what it frees may want the lock"),
        Ban(
            "Process", ["Process("], { #/(?:^|[^\w.])Process\(\s*\)/# },
            instead: "use the processes of KernelSystem",
            where: { !$0.isIn("Tests/ABI", "Tests/Support") }),
    ]
}
