import Foundation
import Testing

/// The comments are the contract: a function that does not say its thread, or a pointer that does
/// not say whose it is, cannot be used right.
struct HeaderCommentTests {
    static let threads = [
        "[main-thread", "[lifecycle-thread", "[task-thread", "[any-thread", "[the thread that",
    ]
    static let lifetimes = [
        "borrowed", "owned", "valid", "storage", "static", "given back", "stays the module's",
    ]

    static func problems(in source: String) -> [String] {
        HeaderText(source).declarations.flatMap { declaration in
            let comment = declaration.comment.lowercased()
            let place = "\(declaration.structure.map { "\($0)." } ?? "")\(declaration.name)"
            var problems: [String] = []
            if declaration.isFunction, !threads.contains(where: comment.contains) {
                problems.append("\(place) does not say its thread in brackets")
            }
            // The two values that carry bytes everywhere: whose they are is said where they pass.
            let isCarrier = ["mod_text", "mod_bytes"].contains(declaration.structure)
            if declaration.passesMemory, !isCarrier, !lifetimes.contains(where: comment.contains) {
                problems.append("\(place) does not say whose memory it passes and for how long")
            }
            return problems
        }
    }

    @Test(arguments: Checkout.headerNames)
    func `every function says its thread, and every pointer whose it is`(header: String) throws {
        let source = try String(
            contentsOf: Checkout.headers.appending(path: header), encoding: .utf8)
        #expect(Self.problems(in: source) == [])
    }

    @Test func `the functions of the headers are found at all`() throws {
        let names = try Checkout.headerNames.flatMap { header in
            let file = Checkout.headers.appending(path: header)
            return HeaderText(try String(contentsOf: file, encoding: .utf8)).declarations
                .filter(\.isFunction).map { "\($0.structure ?? "").\($0.name)" }
        }
        #expect(names.contains("mod_host_calls.finish"))
        #expect(names.contains("mod_host_threads.run_on_main"))
        #expect(names.contains(".module_entry"))
    }

    @Test(arguments: [
        (
            "typedef struct mod_a { /* Borrowed. */ void (*begin)(const char *name); } mod_a;",
            "mod_a.begin does not say its thread in brackets"
        ),
        (
            "typedef struct mod_a { /* [any-thread] */ void (*begin)(mod_text name); } mod_a;",
            "mod_a.begin does not say whose memory it passes and for how long"
        ),
        (
            "typedef struct mod_a { /* The name. */ const char *name; } mod_a;",
            "mod_a.name does not say whose memory it passes and for how long"
        ),
        ("void mod_stop(void);", "mod_stop does not say its thread in brackets"),
    ])
    func `a silent comment is named`(source: String, problem: String) {
        #expect(Self.problems(in: source) == [problem])
    }

    @Test func `a comment belongs to one declaration only`() {
        let source = """
            typedef struct mod_a {
                /* Begins. [any-thread] */
                void (*begin)(void);
                void (*end)(void);
            } mod_a;
            """
        #expect(Self.problems(in: source) == ["mod_a.end does not say its thread in brackets"])
    }
}
