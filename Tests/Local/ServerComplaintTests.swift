import Testing

@testable import KernelLocal

/// The logs are those of llama.cpp b10434.
struct ServerComplaintTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let kind: ServerEnd.Kind
        let words: String
        let log: [String]
        var testDescription: String { words }
    }

    private static let leaving =
        "0.00.016.969 I srv    operator(): operator(): cleaning up before exit..."

    static let cases = [
        Case(
            kind: .portTaken, words: "the port 8081 is taken",
            log: [
                "0.00.005.155 E srv         start: couldn't bind HTTP server socket, hostname: "
                    + "127.0.0.1, port: 18992", leaving,
                "0.00.010.323 E srv  llama_server: exiting due to HTTP server error",
            ]),
        Case(
            kind: .hopeless, words: "No such file or directory",
            log: [
                "0.00.016.776 E gguf_init_from_file: failed to open GGUF file '/nonexistent.gguf' "
                    + "(No such file or directory)",
                "0.00.016.840 E llama_model_load: error loading model: llama_model_loader: failed "
                    + "to load model from /nonexistent.gguf", leaving,
            ]),
        Case(
            kind: .hopeless, words: "model is corrupted or incomplete",
            log: [
                "0.00.031.050 E llama_model_load: error loading model: tensor "
                    + "'token_embd.weight' data is not within the file bounds, model is corrupted "
                    + "or incomplete",
                "0.00.031.094 E llama_model_load_from_file_impl: failed to load model", leaving,
            ]),
        Case(
            kind: .hopeless, words: "invalid argument: --nonsense",
            log: ["error: invalid argument: --nonsense"]),
        Case(
            kind: .hopeless, words: "Unexpected token: %}",
            log: [
                "0.00.006.378 E common_chat_templates_init: error: Unexpected token: %} of type 9",
                "error: the supplied chat template is not supported: {% for x in %}{{ nope",
            ]),
        Case(
            kind: .hopeless, words: "the file for images (mmproj)",
            log: [
                "0.00.004.171 E gguf_init_from_file: failed to open GGUF file '/nonexistent.gguf' "
                    + "(No such file or directory)",
                "0.00.004.216 E mtmd_get_memory_usage: error: Failed to load CLIP model from "
                    + "/nonexistent.gguf",
            ]),
        Case(
            kind: .outOfMemory, words: "attempted to allocate 21976.88 MB",
            log: [
                "0.00.222.575 E ggml_aligned_malloc: insufficient memory (attempted to allocate "
                    + "21976.88 MB)",
                "0.00.222.755 E cmn  common_init_: failed to create context with model 'x.gguf'",
            ]),
        Case(
            kind: .crash, words: "was ended by SIGABRT; its last words: GGML_ASSERT(false) failed",
            log: ["0.00.005.620 I srv  llama_server: model loaded", "GGML_ASSERT(false) failed"]),
        Case(kind: .crash, words: "llama-server was ended by SIGABRT", log: []),
    ]

    @Test(arguments: cases)
    func `the reason is read off the log`(_ example: Case) {
        let end = ServerComplaint.end(
            ofLoading: example.log, how: "was ended by SIGABRT", port: 8_081)
        #expect(end.kind == example.kind)
        #expect(end.reason.contains(example.words), "\(end.reason)")
        #expect(!end.reason.contains("0.00."))
    }

    @Test func `a long line is cut`() {
        let log = [String(repeating: "x", count: 10_000)]
        #expect(ServerComplaint.crash(of: log, how: nil).reason.count < 400)
    }

    @Test func `what says nothing is not quoted`() {
        let log = ["0.00.1 W load: the last word", "  ", "0.02.3 W  ", ".......", "\u{7}"]
        let crash = ServerComplaint.crash(of: log, how: "was ended by SIGSEGV (a crash)")
        #expect(crash.reason.hasSuffix("; its last words: load: the last word"))
        let silent = ServerComplaint.crash(of: Array(log.dropFirst()), how: "exited with status 3")
        #expect(silent.reason == "llama-server exited with status 3")
    }

    @Test func `who is killed has not said why`() {
        let log = ["0.00.1 W load: something of before"]
        let crash = ServerComplaint.crash(of: log, how: "was ended by SIGKILL")
        #expect(
            crash.reason == "llama-server was ended by SIGKILL, by somebody or because the system "
                + "was short of memory")
    }

    @Test func `usual work is no last word`() {
        let log = ["0.02.389.699 I slot print_timing: id  1 | task 118 | total time = 104.91 ms"]
        let end = ServerComplaint.crash(of: log, how: "was ended by SIGSEGV (a crash)")
        #expect(end.reason == "llama-server was ended by SIGSEGV (a crash)")
    }

    @Test func `of one that served, the cry before the stack counts, and no old complaint`() {
        let log = [
            "0.00.222.575 E ggml_aligned_malloc: insufficient memory",
            "llama-vocab.cpp:2462: GGML_ASSERT(size == 1) failed",
            "#0  0x00007f983fef1c17 in __GI___wait4 ()", "[Inferior 1 (process 13053) detached]",
        ]
        let end = ServerComplaint.crash(of: log, how: "was ended by SIGABRT")
        #expect(end.kind == .crash && end.reason.contains("GGML_ASSERT(size == 1) failed"))
    }
}
