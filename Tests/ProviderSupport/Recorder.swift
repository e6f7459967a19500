package import KernelHTTP
import KernelSystem
package import ModuleChat
import ModuleJSON
package import ModuleProviderKit

/// Asks a server through a provider, and writes what it answered as recordings.
package struct Recorder<Provider: ModelProvider>: Sendable {
    private let provider: Provider
    private let server: ProviderServer
    private let key: String?
    private let scrubber: Scrubber
    /// Who answered, and when: `llama-server b10434, on loopback`.
    private let source: String
    private let client: HTTPClient

    package struct Refused: Error, CustomStringConvertible {
        package let description: String
    }

    package init(
        _ provider: Provider, at server: ProviderServer, key: String?, source: String,
        _ client: HTTPClient
    ) {
        self.provider = provider
        self.server = server
        self.key = key
        self.source = source
        self.client = client
        scrubber = Scrubber(secrets: key.map { [$0] } ?? [])
    }

    /// It is replayed at every split of its bytes, which takes the square of them.
    private static var bodyBytesMax: Int { 32 << 10 }
    private static var totalSeconds: Double { 180 }

    /// The recording as a file has it. Throws where the provider cannot ask this, and where the
    /// file would not do. `keepsRefusals`: also what a server says only for now, such as that it is
    /// busy.
    package func record(
        _ entry: CanonicalChats.Entry, model: String, keepsRefusals: Bool = false
    ) throws -> [UInt8] {
        let order = ProviderOrder(entry.action(model), at: server)
        let answer = try ask(try provider.request(for: order))
        let status = answer.head.status
        guard keepsRefusals || (status != 429 && status < 500) else {
            throw Refused(
                description: "the server refuses for now, with the status \(status); --refusals "
                    + "records that")
        }
        guard answer.body.count <= Self.bodyBytesMax else {
            throw Refused(
                description: "the answer has \(answer.body.count) bytes, and a recording at most "
                    + "\(Self.bodyBytesMax)")
        }
        let form = RecordingForm(
            about: "Recorded from \(source). \(entry.about)", order: order, head: answer.head,
            body: scrubber.scrubbed(answer.body), isWhole: answer.isWhole)
        let file = scrubber.scrubbed(try form.bytes(events: []))
        if scrubber.finds(in: file) {
            throw Refused(description: "the key is still in what would be written")
        }
        let recording = try Recording(bytes: file, path: entry.name)
        let replay = Replay(provider)
        let lines = try replay.lines(of: recording)
        let whole = scrubber.scrubbed(
            try RecordingForm(recording, about: form.about).bytes(events: lines))
        let problems = try replay.problems(in: Recording(bytes: whole, path: entry.name))
        guard problems.isEmpty else {
            throw Refused(description: "it does not replay: \(problems.joined(separator: "; "))")
        }
        if scrubber.finds(in: whole) {
            throw Refused(description: "the key is still in what would be written")
        }
        return whole
    }

    private struct Answer {
        var head = AnswerHead(status: 0)
        var body: [UInt8] = []
        var isWhole = false
    }

    private func ask(_ provided: ProviderRequest) throws -> Answer {
        var request = HTTPRequest(provided.url)
        request.method = provided.method
        request.body = provided.body
        request.headers = provided.headers.map { header in
            HTTPHeader(header.name, header.value.replacing(ProviderRequest.key, with: key ?? ""))
        }
        request.reach = .everything
        request.limits.totalSeconds = Self.totalSeconds
        let ear = Ear()
        client.begin(request, ear)
        let (heard, failure) = ear.waitForEnd()
        if let failure, heard.head.status == 0 { throw Refused(description: "\(failure)") }
        var answer = heard
        answer.isWhole = failure == nil
        return answer
    }

    /// Keeps one answer as it comes.
    private final class Ear: HTTPListener {
        private struct State {
            var answer = Answer()
            var end: HTTPFailure??
        }

        private let state = Condition(State())

        func responded(_ head: HTTPHead) {
            var headers: [String: String] = [:]
            for header in head.headers where Scrubber.keeps(header: header.name.lowercased()) {
                headers[header.name.lowercased()] = header.value
            }
            let head = AnswerHead(status: head.status, headers: headers)
            state.withLock { $0.answer.head = head }
        }

        func received(_ piece: [UInt8]) { state.withLock { $0.answer.body += piece } }

        func ended(_ failure: HTTPFailure?) {
            state.withLock { $0.end = .some(failure) }
            state.broadcast()
        }

        func waitForEnd() -> (Answer, HTTPFailure?) {
            let end = state.wait { state in state.end.map { (state.answer, $0) } }
            return end ?? (Answer(), HTTPFailure(.cancelled, "nobody waited for the answer"))
        }
    }
}
