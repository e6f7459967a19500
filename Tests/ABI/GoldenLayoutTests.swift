import Foundation
import Testing

/// The golden layout follows the headers, and only ever grows.
struct GoldenLayoutTests {
    @Test func `the golden layout says what the headers say, and nothing committed changed`() throws
    {
        let result = try Command(["dev/abi", "--check"])
        #expect(result.status == 0, "\(result.output)")
    }

    @Test func `every field of every structure is in the golden layout`() throws {
        let golden = try String(
            contentsOf: Checkout.contract.appending(path: "layout.golden.h"), encoding: .utf8)
        var count = 0
        for header in Checkout.headerNames {
            let file = Checkout.headers.appending(path: header)
            for field in HeaderText(try String(contentsOf: file, encoding: .utf8)).declarations {
                guard let structure = field.structure else { continue }
                count += 1
                #expect(golden.contains("MOD_FIELD(\(structure), \(field.name), "))
            }
        }
        #expect(count > 50)
    }

    struct Edit: CustomStringConvertible {
        let description: String
        let header: String
        let from: String
        let to: String
        /// What dev/abi says of it; nil if it accepts the change.
        let refusal: String?
    }

    static let edits = [
        Edit(
            description: "two fields swapped", header: "mod/tasks.h",
            from: "mod_mode mode;\n    mod_kind argument_kind;",
            to: "mod_kind argument_kind;\n    mod_mode mode;",
            refusal: "mod_call.mode was 16, 4, mod_mode and is 20, 4, mod_mode"),
        Edit(
            description: "a field removed", header: "mod/health.h",
            from: "mod_status (*check)(void *instance);", to: "",
            refusal: "mod_health.check is gone"),
        Edit(
            description: "a field inserted", header: "mod/health.h",
            from: "    uint32_t reserved;\n",
            to: "    uint32_t reserved;\n    uint64_t inserted;\n",
            refusal: "mod_health.inserted begins inside the committed 24 bytes"),
        Edit(
            description: "a function with another argument", header: "mod/health.h",
            from: "(*check)(void *instance)", to: "(*check)(void *instance, int32_t deep)",
            refusal: "mod_health.check was"),
        Edit(
            description: "a value with another meaning", header: "mod/types.h",
            from: "MOD_BUSY = -7", to: "MOD_BUSY = -17", refusal: "MOD_BUSY was -7 and is -17"),
        Edit(
            description: "a renamed id", header: "mod/health.h",
            from: "\"mod.health\"", to: "\"mod.wellbeing\"", refusal: "MOD_HEALTH was"),
        Edit(
            description: "a value structure that grows", header: "mod/types.h",
            from: "    const void *bytes;\n    uint64_t length;\n",
            to: "    const void *bytes;\n    uint64_t length;\n    uint64_t capacity;\n",
            refusal: "mod_bytes grew"),
        Edit(
            description: "a hole", header: "mod/health.h",
            from: "(*check)(void *instance);", to: "(*check)(void *instance);\n    uint8_t last;",
            refusal: "There is a hole at the end of mod_health"),
        Edit(
            description: "a field appended", header: "mod/health.h",
            from: "(*check)(void *instance);",
            to: "(*check)(void *instance);\n    uint64_t appended;", refusal: nil),
        Edit(
            description: "a value appended", header: "mod/types.h",
            from: "MOD_MISUSE = -10", to: "MOD_MISUSE = -10,\n    MOD_LATER = -11",
            refusal: nil),
        Edit(
            description: "a later revision", header: "mod/health.h",
            from: "MOD_HEALTH_REVISION 1", to: "MOD_HEALTH_REVISION 2", refusal: nil),
    ]

    @Test(arguments: edits)
    func `only an append is accepted`(edit: Edit) throws {
        try withCopy { copy in
            try change(copy, edit)
            let result = try Command(["dev/abi"], in: copy)
            if let refusal = edit.refusal {
                #expect(result.status == 1)
                #expect(result.output.contains(refusal), "\(result.output)")
            } else {
                #expect(result.status == 0, "\(result.output)")
                #expect(try Command(["dev/abi", "--check"], in: copy).status == 0)
            }
        }
    }

    @Test(arguments: edits)
    func `a header that changed without its golden layout does not build`(edit: Edit) throws {
        try withCopy { copy in
            let layout = "Sources/ModuleABI/C/layout.c"
            let build = [
                "clang", "-std=c11", "-fsyntax-only", "-ISources/ModuleABI/C/include", layout,
            ]
            #expect(try Command(build, in: copy).status == 0)
            try change(copy, edit)
            let isNewName = edit.description == "a value appended"
            #expect((try Command(build, in: copy).status == 0) == isNewName)
            #expect(try Command(["dev/abi", "--check"], in: copy).status == 1)
        }
    }

    private func change(_ copy: URL, _ edit: Edit) throws {
        let file = copy.appending(path: "Sources/ModuleABI/C/include/\(edit.header)")
        let text = try String(contentsOf: file, encoding: .utf8)
        try #require(text.contains(edit.from), "\(edit.header) no longer has \(edit.from)")
        try text.replacing(edit.from, with: edit.to, maxReplacements: 1)
            .write(to: file, atomically: true, encoding: .utf8)
    }

    /// A repository of its own with the contract as its first commit.
    private func withCopy(_ body: (URL) throws -> Void) throws {
        try Checkout.withTemporaryFolder { folder in
            let copied = try Command(
                ["cp", "-R", "--parents", "dev/abi", "Sources/ModuleABI/C", folder.path])
            try #require(copied.status == 0, "\(copied.output)")
            let identity = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
            for words in [["init", "-q"], ["add", "."], ["commit", "-q", "-m", "The contract"]] {
                let result = try Command(["git"] + identity + words, in: folder)
                try #require(result.status == 0, "\(result.output)")
            }
            try body(folder)
        }
    }
}
