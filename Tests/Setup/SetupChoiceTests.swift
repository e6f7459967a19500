import Testing

@testable import KernelSetup

struct SetupChoiceTests {
    private static let openAI = KnownKey.all[0]

    private func choice(
        there: [SetupOffer] = [], possible: [SetupOffer] = [.fetch, .key(openAI)],
        canAsk: Bool = false, _ change: (inout SetupRequest) -> Void = { _ in }
    ) -> SetupChoice {
        var request = SetupRequest()
        change(&request)
        return SetupChoice(request, there: there, possible: possible, canAsk: canAsk)
    }

    @Test func `what is on the machine is taken without a word`() {
        #expect(
            choice(there: [.ollama(model: "a"), .fetched], canAsk: true)
                == .take(.ollama(model: "a")))
    }

    @Test func `a download and a key need somebody's word`() {
        #expect(choice(canAsk: true) == .ask([.fetch, .key(Self.openAI)]))
        #expect(choice() == .sayHow([.fetch, .key(Self.openAI)]))
        #expect(choice { $0.agrees = true } == .take(.fetch))
    }

    @Test func `a key is never taken because it is there`() {
        #expect(choice(possible: [.key(Self.openAI)]) == .sayHow([.key(Self.openAI)]))
        guard case .impossible = choice(possible: [.key(Self.openAI)], { $0.agrees = true }) else {
            Issue.record("it was taken")
            return
        }
        #expect(
            choice { $0.keyVariable = Self.openAI.variable } == .take(.key(Self.openAI)))
    }

    @Test func `a key that is not there is told apart from one that nobody knows`() {
        guard case .impossible(let missing) = choice({ $0.keyVariable = "XAI_API_KEY" }),
            case .impossible(let unknown) = choice({ $0.keyVariable = "FOO" })
        else {
            Issue.record("they were taken")
            return
        }
        #expect(missing.contains("not in the environment"))
        #expect(unknown.contains("OPENAI_API_KEY"))
    }

    @Test func `what is offered says where chats go`() {
        for key in KnownKey.all {
            #expect(SetupOffer.key(key).title.contains("chats then leave this machine"))
            #expect(SetupOffer.key(key).title.contains(key.variable))
        }
        #expect(SetupOffer.fetch.title.contains("160 MB"))
        #expect(SetupOffer.fetch.title.contains("Apache-2.0"))
    }

    @Test func `of the models that a server lists, the wanted one is chosen`() {
        let key = Self.openAI
        #expect(key.choice(among: ["o9", "gpt-5", "gpt-5-mini"]) == "gpt-5-mini")
        #expect(key.choice(among: ["gpt-5-mini-1", "gpt-5-mini-2"]) == "gpt-5-mini-2")
        #expect(key.choice(among: ["whisper-1"]) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1:1234", "http://127.0.0.1:1234"), ("box", "http://box:11434"),
        (":9000", "http://127.0.0.1:9000"), ("0.0.0.0", "http://127.0.0.1:11434"),
        ("https://ollama.example:443/x", "https://ollama.example:443"),
        ("https://ollama.example", "https://ollama.example:443"),
        ("http://box", "http://box:80"), ("[::1]:5", "http://[::1]:5"),
        ("[::1]", "http://[::1]:11434"),
    ])
    func `the place of Ollama is read as Ollama reads it`(text: String, base: String) {
        #expect(SetupMachine.base(ofOllama: text) == base)
    }

    @Test func `of several models of one's own nobody guesses which is meant`() {
        let own: [SetupOffer] = [.named("a"), .named("here/b")]
        #expect(
            SetupChoice(SetupRequest(), there: own, possible: [], canAsk: true) == .ask(own))
        #expect(choice(there: own) == .sayHow(own))
        #expect(choice(there: own, canAsk: true) { $0.agrees = true } == .sayHow(own))
        #expect(choice(there: [own[0]]) == .take(own[0]))
    }
}
