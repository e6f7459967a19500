import KernelBuilds
import KernelGenerations
import KernelLoader
import Testing

@testable import KernelDevelopment

struct BuildOutputTests {
    private static func read(_ output: String) -> BuildOutput {
        var reader = BuildOutput(folders: ["/home/ann/greeter", "/home/ann/counter"])
        for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
            reader.add(String(line))
        }
        return reader
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let output: String
        let lines: [String]

        init(_ name: String, _ output: String, _ lines: [String]) {
            testDescription = name
            self.output = output
            self.lines = lines
        }
    }

    static let failures: [Case] = [
        Case(
            "a type error", SwiftBuildRecordings.typeError,
            [
                "Sources/GreeterModule/Greeter.swift:17:84: cannot convert value of type 'String' "
                    + "to expected argument type 'Int'"
            ]),
        Case(
            "a module that does not exist", SwiftBuildRecordings.missingModule,
            ["Sources/GreeterModule/Other.swift:1:8: no such module 'Nothing'"]),
        Case(
            "errors in two files, each printed several times", SwiftBuildRecordings.twoFiles,
            [
                "Sources/GreeterModule/Greeter.swift:5:31: 'Greeter' is ambiguous for type lookup "
                    + "in this context",
                "Sources/GreeterModule/Greeter.swift:3:8: invalid redeclaration of 'Greeter'",
                "Sources/GreeterModule/Other.swift:2:14: 'Greeter' is ambiguous for type lookup "
                    + "in this context",
                "Sources/GreeterModule/Greeter.swift:22:68: type 'Greeter' has no member 'entry'",
            ]),
        Case(
            "a mistake in Package.swift", SwiftBuildRecordings.manifestError,
            ["Package.swift:4:15: no exact matches in call to initializer"]),
        Case(
            "a dependency that is not there", SwiftBuildRecordings.missingDependency,
            [
                "the package at '/home/ann/nowhere' cannot be accessed "
                    + "(/home/ann/nowhere doesn't exist in file system)"
            ]),
        Case(
            "a product that is not there", SwiftBuildRecordings.missingProduct,
            [
                "'greeter': product 'ModuleKitt' required by package 'greeter' target "
                    + "'GreeterModule' not found in package 'kernel'."
            ]),
        Case(
            "a mistake in C", SwiftBuildRecordings.cError,
            [
                "Sources/CounterModule/counter.c:35:32: use of undeclared identifier "
                    + "'MOD_NOT_FOND'; did you mean 'MOD_NOT_FOUND'?"
            ]),
        Case(
            "a header that is not there", SwiftBuildRecordings.cMissingHeader,
            ["Sources/CounterModule/counter.c:4:10: 'stdioo.h' file not found"]),
        Case(
            "a symbol that is there twice", SwiftBuildRecordings.duplicateSymbol,
            [
                "linker: .build/x86_64-unknown-linux-gnu/debug/CounterModule.build/second.c.o: "
                    + "multiple definition of 'module_entry'"
            ]),
        Case(
            "a library that is not there", SwiftBuildRecordings.missingLibrary,
            ["linker: cannot find -lnothing"]),
        Case(
            "a compiler that crashed",
            "[3/5] Compiling Greeter\nerror: compile command failed due to signal 6 "
                + "(use -v to see invocation)\nStack dump:\n0. swift-frontend",
            ["compile command failed due to signal 6 (use -v to see invocation)"]),
        Case("words that mean nothing to us", "one\n\ntwo\n", ["one", "two"]),
        Case("silence", "", ["it failed without saying why"]),
        Case(
            "quoted source code that looks like an error", "17 | \"a:1:2: error: x\"",
            ["17 | \"a:1:2: error: x\""]),
        Case("no file", "<unknown>:0: error: cannot open it", ["cannot open it"]),
        Case("no column", "/home/ann/greeter/a.c:3: error: bad", ["a.c:3: bad"]),
        Case(
            "a message that speaks of an error",
            "/home/ann/greeter/a.c:3:1: error: no matching error: type",
            ["a.c:3:1: no matching error: type"]),
    ]

    @Test(arguments: failures)
    func `a failed build says what is wrong, and where`(of build: Case) {
        #expect(Self.read(build.output).failureProblems.lines == build.lines)
    }

    @Test func `warnings are found and named from the package`() {
        let problems = Self.read(SwiftBuildRecordings.warnings).warningProblems
        let file = "Sources/GreeterModule/Greeter.swift"
        #expect(problems.first.map(\.file) == [file, file])
        #expect(problems.first.map(\.line) == [17, 18])
        #expect(problems.first.map(\.column) == [13, 13])
        #expect(problems.first.allSatisfy { $0.severity == .warning })
        #expect(problems.more == 0)
    }

    @Test func `a build of what is up to date has nothing to say`() {
        #expect(Self.read(SwiftBuildRecordings.upToDate).warningProblems.lines.isEmpty)
    }

    @Test func `more problems than a person reads are counted`() {
        let output = (1...50).map { "/home/ann/greeter/a.swift:\($0):1: error: number \($0)" }
        let problems = Self.read(output.joined(separator: "\n")).failureProblems
        #expect(problems.first.count == BuildOutput.problemsMax)
        #expect(problems.lines.last == "and 30 more")
    }

    @Test func `lines are put together from pieces, and long ones lose their end`() {
        var lines = OutputLines()
        #expect(lines.add(Array("on".utf8)[...]).isEmpty)
        #expect(lines.add(Array("e\ntwo\nth".utf8)[...]) == ["one", "two"])
        #expect(lines.rest == "th")
        let long = [UInt8](repeating: 65, count: OutputLines.lineBytesMax + 5) + [10]
        var wide = OutputLines()
        #expect(wide.add(long[...]).map(\.utf8.count) == [OutputLines.lineBytesMax])
    }
}
