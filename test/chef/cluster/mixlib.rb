# Evaluates texts of chef-backend.rb as a class of Mixlib::Config does: a JSON list of texts comes in, and for each of them the
# settings go out, or null where Ruby does not load it.
require "json"
require "mixlib/config"
require "stringio"

def settings
  Class.new do
    extend Mixlib::Config
    default :publish_address, nil
    default :vip, nil
    default :fqdn, "backend-1"
    config_context(:etcd) { default :client_port, 2379; default :election_timeout, 5000 }
    config_context(:postgresql) { default :port, 5432; default :shmmax, nil; default :shared_buffers, "248MB" }
    config_context(:elasticsearch) { default :port, 9200; default :data_dir, "/data"; default :java_opts, "" }
    config_context(:leaderl) do
      default :http_port, 7331
      default :leader_ttl_seconds, 30
      config_context(:health_check) { default :disk_min_space_mb, 250; default :disk_paths, ["/data"] }
    end
  end
end

keys = ARGV
$VERBOSE = nil
said = JSON.parse(STDIN.read).map do |text|
  config = settings
  begin
    $stdout = $stderr = StringIO.new
    config.instance_eval(text)
    keys.to_h { |key| [key, key.split(".").reduce(config) { |part, name| part.public_send(name) }] }
  rescue Exception
    nil
  end
end
STDOUT.write(JSON.generate(said))
