import KernelFitting
import ModuleChat
import ModuleJSON
import Testing

struct PromptFitTests {
    /// A window, what parts and tools there are by their tokens, and what goes in.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let window: Int?
        var needed = 0
        /// Rank and tokens.
        var parts: [(Int, Int)] = []
        var tools: [(Int, Int)] = []
        let takenParts: [Int]
        let takenTools: [Int]
        var searches = false
    }

    static let cases = [
        Case(
            testDescription: "a large window takes all", window: 200_000, needed: 500,
            parts: [(0, 2_000)], tools: [(0, 5_000), (0, 5_000)], takenParts: [0],
            takenTools: [0, 1]),
        Case(
            testDescription: "tools take at most a quarter", window: 16_384, needed: 100,
            tools: [(0, 2_000), (0, 1_900), (0, 500)], takenParts: [], takenTools: [0, 1],
            searches: true),
        Case(
            testDescription: "the unknown window is a usual one", window: nil,
            tools: [(0, 8_000), (0, 300)], takenParts: [], takenTools: [0], searches: true),
        Case(
            testDescription: "a small window takes a thousand tokens in all", window: 8_192,
            needed: 400, parts: [(9, 300)], tools: [(5, 200), (4, 200)], takenParts: [0],
            takenTools: [0], searches: true),
        Case(
            testDescription: "one token above it is no small one", window: 8_193, needed: 400,
            parts: [(9, 300)], tools: [(5, 200), (4, 200)], takenParts: [0], takenTools: [0, 1]),
        Case(
            testDescription: "the important ones go in first, in the order given", window: 4_096,
            tools: [(1, 400), (3, 400), (2, 400), (0, 400)], takenParts: [], takenTools: [1, 2],
            searches: true),
        Case(
            testDescription: "what is too large leaves room for what is less important",
            window: 4_096, parts: [(2, 2_000), (1, 50)], tools: [(3, 1_200), (0, 100)],
            takenParts: [1], takenTools: [1], searches: true),
        Case(
            testDescription: "equals go in as they were given", window: 2_048,
            tools: Array(repeating: (0, 100), count: 8), takenParts: [], takenTools: [0, 1, 2, 3],
            searches: true),
        Case(
            testDescription: "a tiny window has no room for any tool", window: 256, needed: 100,
            tools: [(0, 100)], takenParts: [], takenTools: []),
        Case(
            testDescription: "what is needed goes in, although it is too much", window: 1_024,
            needed: 900, parts: [(0, 1)], tools: [(0, 1)], takenParts: [], takenTools: []),
        Case(
            testDescription: "no tools need no search", window: 512, needed: 10,
            takenParts: [], takenTools: []),
    ]

    private static func fit(_ one: Case) -> PromptFit {
        let needed = PromptFit.Part("needed", "needed", .needed, tokens: one.needed)
        let parts = one.parts.enumerated().map {
            PromptFit.Part(
                "p\($0.offset)", "p\($0.offset)", .ranked($0.element.0), tokens: $0.element.1)
        }
        let tools = one.tools.enumerated().map {
            PromptFit.Tool(
                ChatTool(name: "t\($0.offset)", about: "", schema: [:]), rank: $0.element.0,
                tokens: $0.element.1)
        }
        return PromptFit([needed] + parts, tools, windowTokens: one.window)
    }

    @Test(arguments: cases)
    func `what fits goes in`(one: Case) {
        let fit = Self.fit(one)
        #expect(fit.prompt == ["needed"] + one.takenParts.map { "p\($0)" })
        let search = one.searches ? [ToolSearch.tool.name] : []
        #expect(fit.tools.map(\.name) == one.takenTools.map { "t\($0)" } + search)
        let left = one.tools.indices.filter { !one.takenTools.contains($0) }
        #expect(fit.searched == left.map { "t\($0)" })
        #expect((fit.sentence == nil) == (left.isEmpty && fit.omitted.isEmpty))
    }

    @Test(arguments: [0, 1, 100, 256, 512, 1_000, 2_048, 4_096, 8_192, 8_193, 32_768, 1_000_000])
    func `whatever there is, the room is kept`(window: Int) {
        let room = PromptRoom(windowTokens: window)
        #expect(room.toolTokensMax <= window / 4 && room.tokensMax <= window / 2)
        if window <= 8_192 { #expect(room.tokensMax <= 1_000) }
        let tools = (0..<300).map { number in
            PromptFit.Tool(
                ChatTool(
                    name: "m.tool\(number)", about: String(repeating: "Does it. ", count: number),
                    schema: ["type": "object"]), rank: number % 7)
        }
        let parts = (0..<20).map {
            PromptFit.Part("p\($0)", String(repeating: "text ", count: $0 * 10), .ranked($0 % 3))
        }
        let fit = PromptFit(parts, tools, windowTokens: window)
        #expect(fit.toolTokens <= room.toolTokensMax)
        #expect(fit.promptTokens + fit.toolTokens <= room.tokensMax)
        let sum = fit.tools.reduce(0) { $0 + TokenEstimate.tokens(in: $1) }
        #expect(sum == fit.toolTokens)
        #expect(fit.tools.count(where: { $0 == ToolSearch.tool }) <= 1)
        #expect(fit.searched.count + fit.tools.filter { $0 != ToolSearch.tool }.count == 300)
    }

    @Test func `what is left out is told in a sentence`() {
        let tools = (0..<40).map {
            PromptFit.Tool(ChatTool(name: "t\($0)", about: "", schema: [:]), tokens: 100)
        }
        #expect(
            PromptFit([], tools, windowTokens: 4_096).sentence
                == "9 of 40 tools fit into the model's window of 4096 tokens; it finds the others "
                + "with tool.search")
        #expect(
            PromptFit([], tools, windowTokens: 200).sentence
                == "0 of 40 tools fit into the model's window of 200 tokens; it cannot use the "
                + "others")
        let notes = PromptFit.Part("notes", "", .ranked(0), tokens: 900)
        let rules = PromptFit.Part("rules", "", .needed, tokens: 300)
        #expect(
            PromptFit([rules, notes], [], windowTokens: 2_048).sentence
                == "left out of the prompt: notes")
        #expect(
            PromptFit([rules], [], windowTokens: 512).sentence
                == "the prompt alone takes 300 tokens of the model's window of 512 tokens")
    }
}
