#!/bin/sh
# The run script of every service; which one tells the name of its folder. Notes the build that it starts.
exec 2>&1
name=$(basename "$PWD")
cd /opt/chef-backend || exit 1
mkdir -p /var/opt/chef-backend/running
sed -n 's/.*"build_version": *"\([^"]*\)".*/\1/p' version-manifest.json > "/var/opt/chef-backend/running/$name"
exec "/opt/chef-backend/embedded/services/$name"
