import Glibc

/// A thread of our own: communication must not take its turn behind compute work in a shared pool.
struct BackgroundThread {
  private let thread: pthread_t

  /// Starts `body`. Call `join` or `detach` once.
  init(_ body: @escaping @Sendable () -> Void) throws(CommunicationError) {
    let box = Unmanaged.passRetained(Box(body: body))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
      }, box.toOpaque())
    guard code == 0 else {
      box.release()
      throw .threadNotStarted(code: code)
    }
    self.thread = thread
  }

  func join() {
    pthread_join(thread, nil)
  }

  func detach() {
    pthread_detach(thread)
  }

  private final class Box {
    let body: @Sendable () -> Void

    init(body: @escaping @Sendable () -> Void) {
      self.body = body
    }
  }
}
