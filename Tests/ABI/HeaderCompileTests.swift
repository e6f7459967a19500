import Foundation
import Testing

/// The contract is for any compiler: what warns here would warn in somebody's module.
struct HeaderCompileTests {
    struct Dialect: CustomStringConvertible {
        let language: String
        let standard: String
        let gcc: String
        let clang: String

        var description: String { standard }

        static let all = [
            Dialect(language: "c", standard: "c11", gcc: "gcc", clang: "clang"),
            Dialect(language: "c++", standard: "c++17", gcc: "g++", clang: "clang++"),
            Dialect(language: "c++", standard: "c++20", gcc: "g++", clang: "clang++"),
        ]
    }

    static let warnings = ["-Wall", "-Wextra", "-pedantic", "-Werror"]

    private func compile(_ source: String, with compiler: String, _ dialect: Dialect) throws
        -> Command
    {
        let words =
            [compiler, "-x", dialect.language, "-std=\(dialect.standard)", "-fsyntax-only"]
            + Self.warnings + ["-I", Checkout.headers.path, "-"]
        return try Command(words, input: source)
    }

    @Test(arguments: Checkout.headerNames)
    func `every header compiles alone, twice, and in every dialect`(header: String) throws {
        let source = "#include \"\(header)\"\n#include \"\(header)\"\n"
        for dialect in Dialect.all {
            for compiler in [dialect.gcc, dialect.clang] {
                let result = try compile(source, with: compiler, dialect)
                #expect(result.status == 0, "\(compiler) -std=\(dialect): \(result.output)")
            }
        }
    }

    @Test(arguments: Dialect.all)
    func `a warning would fail it`(dialect: Dialect) throws {
        let source = "#include \"module_abi.h\"\nint answer(int unused) { return 42; }\n"
        for compiler in [dialect.gcc, dialect.clang] {
            let result = try compile(source, with: compiler, dialect)
            #expect(result.status != 0 && result.output.contains("unused"))
        }
    }

    @Test func `the one header brings in all others`() throws {
        let text = try String(
            contentsOf: Checkout.headers.appending(path: "module_abi.h"), encoding: .utf8)
        for header in Checkout.headerNames where header != "module_abi.h" {
            #expect(text.contains("#include \"\(header)\""), "module_abi.h lacks \(header)")
        }
        #expect(Checkout.headerNames.count > 1)
    }
}
