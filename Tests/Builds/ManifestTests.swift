import KernelBase
import KernelBuilds
import ModuleJSON
import Testing

@Suite struct ManifestTests {
    private static let whole = """
        {"id":"fs","version":"1.2.3","about":"Files.","toolchain":"C",
         "tasks":[{"name":"read","about":"Reads.","arguments":{"type":"object"},
          "accepts":"json","result":"bytes","mode":"process","risk":"read",
          "timeoutSeconds":1.5,"idempotent":true},{"name":"wipe"}],
         "configuration":{"type":"object"},"state":{"version":4},
         "permissions":{"read":["/"]},"provides":[{"name":"storage","version":"2.1.0"}],
         "requires":[{"name":"net","range":">=1 <2","optional":true},{"name":"log"}]}
        """

    private func parse(_ text: String) throws -> Manifest {
        try Manifest(parsing: Array(text.utf8))
    }

    /// The whole manifest with one member replaced.
    private func changed(_ name: String, _ value: JSON) throws -> String {
        var object = try #require(try JSON(parsing: Self.whole).object)
        object[name] = value
        return JSON.object(object).text
    }

    private func changedTask(_ name: String, _ value: JSON) throws -> String {
        try changed(
            "tasks", [["name": "read"], .object(JSONObject([("name", "x"), (name, value)]))])
    }

    private func refusal(_ text: String) -> String {
        do {
            _ = try Manifest(parsing: Array(text.utf8))
            return "accepted"
        } catch {
            return error.description
        }
    }

    @Test func `every member is read`() throws {
        let manifest = try parse(Self.whole)
        #expect(manifest.id == "fs")
        #expect(manifest.version == SemanticVersion(1, 2, 3))
        let read = manifest.tasks[0]
        #expect(read.accepts == .json && read.result == .bytes)
        #expect(read.mode == .process && read.risk == .read)
        #expect(read.timeoutSeconds == 1.5 && read.isIdempotent && read.arguments != nil)
        #expect(manifest.configuration != nil && manifest.stateVersion == 4)
        #expect(manifest.provides.first?.version == SemanticVersion(2, 1, 0))
        #expect(manifest.requires.map(\.isOptional) == [true, false])
        #expect(manifest.bytes == Array(Self.whole.utf8))
    }

    @Test func `what a task does not say is taken carefully`() throws {
        let wipe = try parse(Self.whole).tasks[1]
        #expect(wipe.risk == .danger && wipe.mode == .thread && !wipe.isIdempotent)
        #expect(wipe.accepts == .json && wipe.result == .text && wipe.timeoutSeconds == 60)
    }

    @Test func `an id and a version are enough`() throws {
        let manifest = try parse(#"{"id":"a","version":"1.0.0"}"#)
        #expect(manifest.tasks.isEmpty && manifest.stateVersion == nil)
    }

    struct Wrong: Sendable {
        let member: String
        let value: JSON
        /// What the sentence must hold.
        let words: [String]

        init(_ member: String, _ value: JSON, _ words: String...) {
            self.member = member
            self.value = value
            self.words = words
        }
    }

    private static let wrongMembers = [
        Wrong("id", .null, "id of the manifest", "a text"),
        Wrong("id", "", "id of the manifest"),
        Wrong("id", "Fs", "\"Fs\"", "a-z"),
        Wrong("id", "1fs", "\"1fs\"", "begin with a letter"),
        Wrong("id", "a.b", "\"a.b\""),
        Wrong("id", .string(String(repeating: "a", count: 65)), "must begin"),
        Wrong("version", .null, "version of the manifest"),
        Wrong("version", "1.2", "version of the manifest", "1.2.3"),
        Wrong("about", 5, "about of the manifest", "a text"),
        Wrong("toolchain", [], "toolchain of the manifest"),
        Wrong("tasks", "x", "tasks of the manifest", "a list"),
        Wrong("tasks", [5], "tasks[0].name"),
        Wrong("tasks", [["name": "a"], ["name": "a"]], "two tasks", "\"a\""),
        Wrong("configuration", 5, "configuration of the manifest", "schema"),
        Wrong("state", 5, "state of the manifest", "an object"),
        Wrong("state", ["version": -1], "state.version", "whole number"),
        Wrong("state", ["version": 1.5], "state.version"),
        Wrong("provides", [["name": "a"]], "provides[0].version"),
        Wrong("requires", [["range": "*"]], "requires[0].name"),
        Wrong("requires", [["name": "a", "range": "^1"]], "requires[0].range", "^1", ">=1.2 <2"),
        Wrong("provides", [["name": "A", "version": "1.0.0"]], "provides", "\"A\"", "interface"),
        Wrong("requires", [["name": "a..b"]], "requires", "\"a..b\"", "dots between"),
        Wrong("requires", [["name": "a"], ["name": "a"]], "requires", "\"a\" twice", "one range"),
        Wrong("requires", [["name": "a", "optional": 1]], "requires[0].optional", "true or false"),
    ]

    private static let wrongTasks = [
        Wrong("name", .null, "tasks[1].name"),
        Wrong("name", "Read it", "\"Read it\"", "a-z"),
        Wrong("about", 1, "tasks[1].about"),
        Wrong("arguments", 1, "tasks[1].arguments", "schema"),
        Wrong("accepts", "text", "tasks[1].accepts", "json, bytes"),
        Wrong("result", 1, "tasks[1].result", "text, json, bytes"),
        Wrong("mode", "async", "tasks[1].mode", "main, thread, process"),
        Wrong("risk", "low", "tasks[1].risk", "read, write, danger"),
        Wrong("timeoutSeconds", "1", "tasks[1].timeoutSeconds", "a number"),
        Wrong("timeoutSeconds", 0, "tasks[1].timeoutSeconds", "above 0"),
        Wrong("timeoutSeconds", -5, "tasks[1].timeoutSeconds", "-5"),
        Wrong("timeoutSeconds", 1e300, "tasks[1].timeoutSeconds", "at most"),
        Wrong("idempotent", "yes", "tasks[1].idempotent", "true or false"),
    ]

    @Test(arguments: wrongMembers)
    func `a wrong member is named`(wrong: Wrong) throws {
        let sentence = refusal(try changed(wrong.member, wrong.value))
        for word in wrong.words { #expect(sentence.contains(word), "\(sentence)") }
    }

    @Test(arguments: wrongTasks)
    func `a wrong member of a task is named`(wrong: Wrong) throws {
        let sentence = refusal(try changedTask(wrong.member, wrong.value))
        for word in wrong.words { #expect(sentence.contains(word), "\(sentence)") }
    }

    @Test func `more tasks than the limit are refused with both numbers`() throws {
        let tasks = (0...Manifest.tasksMax).map { number -> JSON in ["name": .string("t\(number)")]
        }
        let sentence = refusal(try changed("tasks", .array(tasks)))
        #expect(sentence.contains("1025") && sentence.contains("1024"))
    }

    @Test func `more interfaces than the limit are refused, and names may have dots`() throws {
        let names = (0...Manifest.interfacesMax).map { number -> JSON in
            ["name": .string("org.example.i\(number)")]
        }
        let sentence = refusal(try changed("requires", .array(names)))
        #expect(sentence.contains("requires has 65 entries, more than 64"))
        #expect(refusal(try changed("requires", .array(Array(names.dropLast())))) == "accepted")
    }

    @Test(arguments: ["", "{", "[]", "5", "null", "{\"id\":\"a\"", "\u{0}"])
    func `what is not an object with an id is refused`(text: String) {
        #expect(refusal(text) != "accepted")
    }
}
