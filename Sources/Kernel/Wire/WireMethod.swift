/// The names of all messages, as `docs/wire.md` lists them.
package enum WireMethod {
    // Those that take no parameters, or just an id.

    package static let listModules = "module.list"
    /// `{"id": "fs"}`; replies a `KernelNews`: what came of it.
    package static let reloadModule = "module.reload"
    package static let listCalls = "call.list"
    package static let showConfiguration = "config.show"
    /// `{"count": 20}`; replies a list of `LogEntry`.
    package static let recentLog = "log.recent"

    /// What a client may ask. The server knows no other.
    package static let requests: Set<String> = [
        Introduction.method, RunCall.method, CancelCall.method, listCalls, listModules,
        reloadModule, LiftModule.method, HealthReport.method, BackUp.method,
        showConfiguration, recentLog,
        SubmitTasks.method, ListTasks.method, ReadTaskOutput.method, TaskReference.show,
        TaskReference.cancel, TaskReference.retry, TaskReference.wait, WatchTasks.method,
        ListModels.method, UseModel.method, ModelChoiceRequest.show, ModelChoiceRequest.test,
        ModelChoiceRequest.pull, ModelChoiceRequest.load, ModelChoiceRequest.unload,
        AskChat.method, SayInChat.method, OwnChat.show, OwnChat.new, CancelRequest.method,
    ]

    /// What the kernel says of its own accord.
    package static let notifications: Set<String> = [
        CallNews.started, CallNews.progress, CallNews.output, KernelNews.method, LogEntry.method,
        TaskNews.changed, TaskNews.progress, TaskNews.printed,
        ModelLoading.method, ModelProgress.method, ChatPiece.text, ChatPiece.thinking,
        ChatNotice.method,
    ]
}
