import { clusterInputs } from "../../provider/inputs/schema";

const { nodes, connection, packageFile, packageFiles, frontends, timeouts } = clusterInputs.shape;
const connectionShape = connection.unwrap().shape;
const proxyShape = connectionShape.proxy.unwrap().shape;
const frontendsShape = frontends.unwrap().shape;
const keys = (shape: object, prefix: string) => Object.keys(shape).map((key) => `${prefix}${key}`);

const ofConnection = keys(connectionShape, "");
const onlyOfNode = Object.keys(nodes.element.shape).filter((key) => !ofConnection.includes(key));
const onlyOfProxy = Object.keys(proxyShape).filter((key) => !ofConnection.includes(key));

/** Names of the inputs as the README writes them; what stands in several places once. */
export const inputPaths = {
  all: [
    ...keys(clusterInputs.shape, ""),
    ...onlyOfNode.map((key) => `nodes[].${key}`),
    ...ofConnection.map((key) => `connection.${key}`),
    ...onlyOfProxy.map((key) => `connection.proxy.${key}`),
    ...keys(packageFile.unwrap().shape, "packageFile."),
    ...keys(frontendsShape, "frontends."),
    ...keys(frontendsShape.drain.unwrap().shape, "frontends.drain."),
    ...keys(timeouts.unwrap().shape, "timeouts."),
  ],
  /** Fields of a connection that a bastion takes as well. */
  alsoOfProxy: Object.keys(proxyShape)
    .filter((key) => ofConnection.includes(key))
    .map((key) => `connection.${key}`),
  /** Fields of what stands in several places: of each place in the order of the inputs. */
  twins: [
    [nodes.element.shape, frontendsShape.nodes.element.shape],
    [
      packageFile.unwrap().shape,
      packageFiles.unwrap().valueType.shape,
      frontendsShape.packageFile.unwrap().shape,
    ],
  ].map((shapes) => shapes.map((shape) => Object.keys(shape))),
};
