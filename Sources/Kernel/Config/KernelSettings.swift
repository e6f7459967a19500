/// The table `[kernel]`.
package struct KernelSettings: SettingsTable {
    package var modules: [ConfiguredPath] = []
    package var callThreadsMax = 64
    package var drainDeadlineMilliseconds = 5_000
    package var probeDeadlineMilliseconds = 5_000
    package var probationSeconds = 30
    package var generationsMax = 1_000
    package var generationsBytesMax = 64 << 20
    package var workerIdleSeconds = 60
    package var workersMax = 8
    package var workerMemoryMegabytes = 1_024
    package var workerDiskMegabytes = 1_024
    package var sandbox = SandboxRule.required
    package var certificates: ConfiguredPath?
    package var mainSlowMilliseconds = 50
    package var tasksRunningMax = 32
    package var tasksOpenMax = 100_000
    package var tasksModuleWaitSeconds = 60
    package var tasksKeptMax = 10_000
    package var tasksKeptDays = 30
    package var mainHangSeconds = 30
    package var healthSeconds = 60

    package static let header = "kernel"
    package static let about = "How the kernel itself runs. The defaults suit almost everybody."
    package static let isInEnvironment = true

    package static let keys: [KeyOf<KernelSettings>] = [
        KeyOf(
            "modules", \.modules, sample: ["~/.local/lib/kernel", "/opt/example/modules"],
            "More folders with modules, beside the user's and the system's."),
        KeyOf(
            "call_threads_max", \.callThreadsMax, IntegerLimits(1...1024, "threads"),
            "How many tasks of mode \"thread\" run at the same time. Further ones wait."),
        KeyOf(
            "drain_deadline_ms", \.drainDeadlineMilliseconds,
            IntegerLimits(0...600_000, "milliseconds"),
            "How long a reload waits for running calls before it cancels them."),
        KeyOf(
            "probe_deadline_ms", \.probeDeadlineMilliseconds,
            IntegerLimits(50...60_000, "milliseconds"),
            "How long a new build may take to load and test itself before it is refused."),
        KeyOf(
            "probation_seconds", \.probationSeconds, IntegerLimits(0...3_600, "seconds"),
            "How long after a reload a failure brings the former build back."),
        KeyOf(
            "generations_max", \.generationsMax, IntegerLimits(1...100_000, "builds"),
            "How many replaced builds of one module stay in memory before it moves to a worker."),
        KeyOf(
            "generations_bytes_max", \.generationsBytesMax,
            IntegerLimits(1 << 20...1 << 36, "bytes"),
            "How much memory the replaced builds of one module may keep before it moves."),
        KeyOf(
            "worker_idle_seconds", \.workerIdleSeconds, IntegerLimits(1...86_400, "seconds"),
            "How long a worker process without calls is kept warm."),
        KeyOf(
            "workers_max", \.workersMax, IntegerLimits(1...256, "workers"),
            "How many worker processes run at the same time. Further calls wait."),
        KeyOf(
            "worker_memory_mb", \.workerMemoryMegabytes, memoryLimits,
            "How much memory a worker process may use. What uses more is ended."),
        KeyOf(
            "worker_disk_mb", \.workerDiskMegabytes, diskLimits,
            "How much the workers of one module may write to files within an hour, and how much it "
                + "may keep in its own folder. What goes beyond is ended."),
        KeyOf(
            "sandbox", \.sandbox,
            "What becomes of modules from elsewhere where this system cannot confine them: "
                + "\"required\" refuses them, \"preferred\" runs them with the walls that stand."),
        KeyOf(
            "certificates", \.certificates, sample: "company.pem",
            "A file of certificates to trust instead of the system's, when modules and providers "
                + "ask servers."),
        KeyOf(
            "main_slow_ms", \.mainSlowMilliseconds, IntegerLimits(1...60_000, "milliseconds"),
            "A task of mode \"main\" that takes longer than this is reported."),
        KeyOf(
            "main_hang_seconds", \.mainHangSeconds, IntegerLimits(0...86_400, "seconds"),
            "A main loop held for longer than this ends the kernel, which starts again. 0: never."),
        KeyOf(
            "health_seconds", \.healthSeconds, IntegerLimits(0...86_400, "seconds"),
            "How often modules are asked whether they are well; 0: only when somebody asks."),
        KeyOf(
            "tasks_running_max", \.tasksRunningMax, IntegerLimits(1...1024, "tasks"),
            "How many durable tasks run at the same time. Further ones wait in the queue."),
        KeyOf(
            "tasks_open_max", \.tasksOpenMax, IntegerLimits(1...1_000_000, "tasks"),
            "How many durable tasks may wait or run. More are refused when they are handed in."),
        KeyOf(
            "tasks_module_wait_seconds", \.tasksModuleWaitSeconds,
            IntegerLimits(1...86_400, "seconds"),
            "How long a durable task waits for a module that is not in service before it fails."),
        KeyOf(
            "tasks_kept_max", \.tasksKeptMax, IntegerLimits(0...1_000_000, "tasks"),
            "How many ended tasks are kept, with their results. Older ones are deleted."),
        KeyOf(
            "tasks_kept_days", \.tasksKeptDays, IntegerLimits(1...3_650, "days"),
            "How long ended tasks are kept."),
    ]

    /// Keys whose new value is taken while the kernel runs; the others count after a restart.
    package static let liveKeys: Set<String> = [
        "kernel.drain_deadline_ms", "kernel.probe_deadline_ms", "kernel.probation_seconds",
        "kernel.worker_memory_mb", "kernel.worker_disk_mb", "kernel.certificates",
        "kernel.health_seconds", "kernel.tasks_running_max", "kernel.tasks_open_max",
        "kernel.tasks_module_wait_seconds", "kernel.tasks_kept_max", "kernel.tasks_kept_days",
    ]

    package init() {}

    static let memoryLimits = IntegerLimits(16...1 << 20, "MiB")
    static let diskLimits = IntegerLimits(1...1 << 24, "MiB")
}

package enum SandboxRule: String, KeyChoice {
    case required, preferred
}
