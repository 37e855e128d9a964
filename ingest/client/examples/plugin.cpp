/* plugin — the same from C++: a span that ends with its scope, an upload in a thread of its own. */
#include <stdexcept>
#include <thread>
#include <tracetui_client.h>

namespace
{

/* A span for as long as the scope; an exception that leaves it makes it an error. */
class Span
{
  public:
    Span(tt_tracer *tracer, const char *name) : span_(tt_start(tracer, name))
    {
    }
    ~Span()
    {
        if (std::uncaught_exceptions() > exceptions_) {
            tt_end_error(span_, "left by an exception");
        } else {
            tt_end(span_);
        }
    }
    Span(const Span &) = delete;
    Span &operator=(const Span &) = delete;
    tt_span *get() const
    {
        return span_;
    }

  private:
    tt_span *span_;
    int exceptions_ = std::uncaught_exceptions();
};

void upload(tt_tracer *tracer, tt_span *parent)
{
    tt_attach(parent); /* what this thread does is below the parent */
    try {
        Span post(tracer, "network.post");
        tt_set_int(post.get(), "bytes", 720000);
        throw std::runtime_error("connection reset");
    } catch (const std::exception &problem) {
        tt_exception(parent, "std::runtime_error", problem.what(), nullptr, 0);
    }
    tt_detach(parent);
}

} // namespace

int main()
{
    tt_options options{};
    options.service = "audio";
    options.client_type = "plugin";
    options.client_version = "1.0.0";
    tt_tracer *tracer = tt_open(&options);
    {
        Span root(tracer, "audio.upload");
        tt_set_string(root.get(), "file.name", "my_loop.wav");
        {
            Span encode(tracer, "audio.encode");
            tt_set_string(encode.get(), "codec", "mp3");
            tt_event(encode.get(), "encoding_started");
        }
        std::thread(upload, tracer, root.get()).join();
    }
    tt_close(tracer, 2000);
    return 0;
}
