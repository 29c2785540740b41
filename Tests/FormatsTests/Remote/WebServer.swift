import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A web server of this process that serves bytes of memory, and fails as it is told.
final class WebServer: Sendable {
  /// What goes wrong with an answer.
  enum Fault: Sendable {
    /// It knows no ranges and sends everything.
    case noRanges
    case status(Int)
    /// It announces all bytes and hangs up before the last ones.
    case shortBody
    /// It never answers.
    case silence
    case redirect(String)
  }

  struct Request: Sendable {
    var path: String
    var range: Range<Int>?
    var headers: String
  }

  let port: Int
  private let socket: Int32
  private let files: Mutex<[String: (bytes: [UInt8], tag: String)]>
  private let faults: @Sendable (_ request: Request, _ number: Int) -> Fault?
  private let log = Mutex<[Request]>([])
  /// Signalled when no more connections are taken.
  private let ended = DispatchSemaphore(value: 0)

  /// Starts to serve.
  /// - Parameters:
  ///   - files: The bytes of each path.
  ///   - faults: What goes wrong with a request of this number.
  init(
    _ files: [String: [UInt8]],
    faults: @escaping @Sendable (_ request: Request, _ number: Int) -> Fault? = { _, _ in nil }
  ) {
    self.files = Mutex(files.mapValues { ($0, "\"one\"") })
    self.faults = faults
    #if canImport(Glibc)
      let made = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #elseif canImport(Musl)
      let made = Musl.socket(AF_INET, SOCK_STREAM, 0)
    #else
      let made = Darwin.socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        _ = bind(made, pointer, length)
        _ = listen(made, 64)
        _ = getsockname(made, pointer, &length)
      }
    }
    socket = made
    port = Int(UInt16(bigEndian: address.sin_port))
    signal(SIGPIPE, SIG_IGN)
    DispatchQueue(label: "web").async { [self] in
      while true {
        let connection = accept(socket, nil, nil)
        if connection < 0 {
          ended.signal()
          return
        }
        DispatchQueue.global().async { [self] in
          serve(connection)
          close(connection)
        }
      }
    }
  }

  /// Stops to serve.
  func stop() {
    shutdown(socket, Int32(2))
    // Its number may be that of the next server's socket as soon as it is closed.
    ended.wait()
    close(socket)
  }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

  /// The requests so far.
  var requests: [Request] { log.withLock { $0 } }

  /// Puts another file under a path.
  func replace(_ path: String, _ bytes: [UInt8], tag: String) {
    files.withLock { $0[path] = (bytes, tag) }
  }

  private func serve(_ connection: Int32) {
    guard let request = read(connection) else { return }
    let number = log.withLock { log -> Int in
      log.append(request)
      return log.count - 1
    }
    let fault = faults(request, number)
    switch fault {
    case .silence?:
      sleep(4)
      return
    case .status(let status)?: return send(connection, head(status, []))
    case .redirect(let target)?: return send(connection, head(302, ["Location: \(target)"]))
    default: break
    }
    guard let file = files.withLock({ $0[request.path] }) else {
      return send(connection, head(404, []))
    }
    var isWhole = false
    if case .noRanges? = fault { isWhole = true }
    var range = 0..<file.bytes.count
    var lines = ["ETag: \(file.tag)"]
    var status = 200
    if let asked = request.range, !isWhole {
      guard asked.lowerBound < file.bytes.count else {
        return send(connection, head(416, ["Content-Range: bytes */\(file.bytes.count)"]))
      }
      range = asked.clamped(to: 0..<file.bytes.count)
      status = 206
      lines.append(
        "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.bytes.count)")
    }
    lines.append("Content-Length: \(range.count)")
    send(connection, head(status, lines, isEmpty: false))
    if case .shortBody? = fault {
      range = range.prefix(range.count / 2).startIndex..<range.lowerBound + range.count / 2
    }
    send(connection, Array(file.bytes[range]))
  }

  private func head(_ status: Int, _ lines: [String], isEmpty: Bool = true) -> [UInt8] {
    let all =
      ["HTTP/1.1 \(status) Answer", "Connection: close"] + lines
      + (isEmpty ? ["Content-Length: 0"] : [])
    return Array((all.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  private func send(_ connection: Int32, _ bytes: [UInt8]) {
    var done = 0
    while done < bytes.count {
      let sent = bytes.withUnsafeBytes {
        write(connection, $0.baseAddress.map { $0 + done }, bytes.count - done)
      }
      if sent <= 0 { return }
      done += sent
    }
  }

  private func read(_ connection: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !bytes.suffix(4).elementsEqual([13, 10, 13, 10]) {
      let received = recv(connection, &buffer, buffer.count, 0)
      if received <= 0 { return nil }
      bytes += buffer[..<received]
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count > 1 else { return nil }
    var request = Request(path: String(words[1]), range: nil, headers: text)
    for line in lines where line.lowercased().hasPrefix("range: bytes=") {
      let ends = line.dropFirst(13).split(separator: "-").compactMap { Int($0) }
      if ends.count == 2 { request.range = ends[0]..<ends[1] + 1 }
    }
    return request
  }
}
